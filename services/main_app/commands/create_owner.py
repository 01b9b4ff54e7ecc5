"""``create_owner``: makes the account without which nobody gets into a server that others can reach."""

import getpass
import sys
from argparse import ArgumentParser, Namespace

from services.main_app.accounts.owner import set_owner
from shared.python.errors import ConfigError


def add_arguments(parser: ArgumentParser) -> None:
    parser.description = "Make the owner's account; if it is there, change its password."
    parser.add_argument("--username", default="owner", help="name to sign in with (default: owner)")
    parser.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input, one line"
    )


def run(arguments: Namespace) -> int:
    password = sys.stdin.readline().rstrip("\r\n") if arguments.password_stdin else _ask()
    is_new = set_owner(arguments.username, password=password)
    print(f"{'Made' if is_new else 'Changed the password of'} {arguments.username!r}.", file=sys.stderr)
    return 0


def _ask() -> str:
    password = getpass.getpass("Password: ")
    if password != getpass.getpass("Again: "):
        raise ConfigError("the two passwords differ")
    return password
