"""``python -m services.main_app COMMAND``: every process and every tool of main_app.

Each command is a module of `services.main_app.commands` with ``add_arguments(parser)`` and
``run(arguments) -> int``.
"""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from importlib import import_module

import django

from shared.python.errors import ConfigError, DeniedError, TonotopeError

EX_CONFIG = 78
"""Exit code of sysexits.h: the operator must change a setting; starting again would not help."""

COMMANDS = {
    "migrate": "make the database fit this release",
    "web": "serve the API and the web app",
    "publisher": "hand what was decided to the queue",
    "consumer": "take in what services say",
    "reconciler": "send again what the queue has lost",
    "sync": "scan sources",
    "create_owner": "make the owner's account, or change its password",
    "add_source": "add a source and scan it",
    "pipeline": "show or choose the pipeline that new runs go through",
    "run_report": "print how a run stands",
    "export_frontend": "write what the web app shares with us",
}
_SETS_DJANGO_UP_ITSELF = ("web",)  # its arguments are settings


def main(argv: Sequence[str] | None = None) -> int:
    argv = sys.argv[1:] if argv is None else argv
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "services.main_app.settings")
    parser = ArgumentParser(prog="python -m services.main_app")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    parsers = {name: commands.add_parser(name, help=about) for name, about in COMMANDS.items()}
    name = argv[0] if argv else ""
    if name not in COMMANDS:
        parser.parse_args(argv)  # prints the help, or what is wrong, and exits
    if name not in _SETS_DJANGO_UP_ITSELF:
        django.setup()
    # Only the one that is wanted: most of them need Django's models, and each takes its time to load.
    command = import_module(f"services.main_app.commands.{name}")
    command.add_arguments(parsers[name])
    arguments = parser.parse_args(argv)
    try:
        code: int = command.run(arguments)
    except TonotopeError as error:
        print(error.message, file=sys.stderr)
        return EX_CONFIG if isinstance(error, (ConfigError, DeniedError)) else 1
    return code


if __name__ == "__main__":
    sys.exit(main())
