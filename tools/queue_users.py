"""Writes deploy/base/nats/users.conf: who may do what on a queue in production.

    python -m tools.queue_users [--check]

The rules are those of shared/python/bus_permissions.py, which the queue on one machine has too. Services are
found by their entry points; passwords come from the server's environment.
"""

import argparse
import sys
from importlib.metadata import entry_points

from shared.python.bus_permissions import (
    MAIN_APP,
    authorization,
    main_app_permissions,
    service_permissions,
)
from tools.parts import ROOT

OUTPUT = ROOT / "deploy" / "base" / "nats" / "users.conf"
HEADING = """# Written by `python -m tools.queue_users` from shared/python/bus_permissions.py: change that.
# nats-server reads the passwords from its environment, and takes what begins with a digit for a number:
# let them be letters and digits, and begin with a letter.
"""


def password_variable(user: str) -> str:
    """Give the name of the variable in the server's environment that holds a user's password."""
    return f"{user.upper()}_QUEUE_PASSWORD"


def users_conf() -> str:
    """Give the ``authorization`` block for main_app and every service."""
    services = sorted(point.name for point in entry_points(group="tonotope.services"))
    rights = {MAIN_APP: main_app_permissions()} | {name: service_permissions(name) for name in services}
    users = [(name, f"${password_variable(name)}", permissions) for name, permissions in rights.items()]
    return HEADING + authorization(users) + "\n"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write the queue's users from the rules that all share.")
    parser.add_argument("--check", action="store_true", help="write nothing, fail when the file has drifted")
    check = parser.parse_args(arguments).check
    if OUTPUT.is_file() and OUTPUT.read_text("utf-8") == users_conf():
        return 0
    print(f"{OUTPUT.relative_to(ROOT)} {'is not as the rules are' if check else 'written'}")
    if check:
        print("run: python -m tools.queue_users")
        return 1
    OUTPUT.write_text(users_conf(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
