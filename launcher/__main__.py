"""The ``tonotope`` command: results go to stdout, everything else to stderr.

    tonotope explore [FOLDER]    the whole system on this machine, until Ctrl-C
    tonotope doctor              is this machine fit for it?

Exit code 0 is success, 1 a failure that was told, 2 a wrong command line.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from launcher.paths import data_directory
from shared.python.errors import TonotopeError

_FAILED, _USAGE = 1, 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tonotope", description="A map of your sounds that you can hear.")
    commands = parser.add_subparsers(dest="command", required=True)
    data = argparse.ArgumentParser(add_help=False)
    data.add_argument(
        "--data", type=Path, metavar="DIR", help="where Tonotope keeps what it knows (else TONOTOPE_DATA)"
    )

    explore = commands.add_parser("explore", parents=[data], help="start Tonotope and explore a folder")
    explore.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="a folder with sounds")
    explore.add_argument("--port", type=_port, help="port of the web server (else 8000 or the next free one)")
    explore.add_argument("--host", default="127.0.0.1", help="address to listen on (else only this machine)")
    explore.add_argument(
        "--pipeline", type=Path, metavar="FILE", help="what sounds go through from now on (else as before)"
    )
    explore.add_argument(
        "--slice",
        action=argparse.BooleanOptionalAction,
        help="make the events of its files points of their own, from now on (else as before)",
    )
    explore.add_argument("--no-browser", action="store_true", help="do not open the browser")
    explore.add_argument("--once", action="store_true", help="end when the folder's map is there")
    explore.add_argument("--json", action="store_true", help="with --once: print the result as one object")

    doctor = commands.add_parser("doctor", parents=[data], help="check whether this machine can run Tonotope")
    doctor.add_argument("--json", action="store_true", help="print one object")
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= 65535:
        raise ValueError(text)
    return port


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and give its exit code."""
    if os.name != "posix":
        print("tonotope: this needs Linux or macOS; on Windows, run it in WSL", file=sys.stderr)
        return _FAILED
    # Only here, because they need what only those systems have.
    from launcher.doctor import doctor
    from launcher.explore import Request, explore

    parser = _parser()
    options = parser.parse_args(arguments)
    data = data_directory(options.data)
    try:
        if options.command == "doctor":
            return doctor(data, as_json=options.json)
        if options.once and options.folder is None:
            parser.error("--once needs a FOLDER")
        return explore(
            Request(
                data=data,
                folder=options.folder,
                pipeline=options.pipeline,
                slicing=options.slice,
                host=options.host,
                port=options.port,
                browser=not options.no_browser and not options.once,
                once=options.once,
                as_json=options.json,
            )
        )
    except TonotopeError as error:
        print(f"tonotope: {error.message}", file=sys.stderr)
        return _FAILED


if __name__ == "__main__":
    sys.exit(main())
