"""Ties a process to the life of its parent: when the parent dies, even by ``kill -9``, it is killed.

    python -m launcher.leash -- COMMAND…

On Linux the kernel does it (``PR_SET_PDEATHSIG``), and this process becomes the command: it costs nothing.
Elsewhere this process stays, watches its parent, and kills the command when the parent is gone.

The kernel's signal comes when the *thread* that forked us ends. So whoever starts a leashed process does it
from a thread that lives as long as the process may.
"""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from types import FrameType

HOLDER = "TONOTOPE_LEASH_HOLDER"
"""Environment variable with the process id of the parent that holds the leash."""

_PR_SET_PDEATHSIG = 1
_WATCH_INTERVAL_S = 0.5
_CANNOT_EXECUTE, _NOT_FOUND = 126, 127


def leashed(command: Sequence[str]) -> list[str]:
    """Give the command that runs `command` on a leash."""
    return [sys.executable, "-m", "launcher.leash", "--", *command]


def holding(environment: Mapping[str, str]) -> dict[str, str]:
    """Give `environment` for a leashed child of this very process."""
    return {**environment, HOLDER: str(os.getpid())}


def _holder() -> int:
    return int(os.environ.get(HOLDER) or os.getppid())


def _execute(command: list[str]) -> int:
    # From here on this process is the parent of whatever the command starts on a leash.
    os.environ[HOLDER] = str(os.getpid())
    try:
        os.execvp(command[0], command)  # noqa: S606  the command is the one we were asked to become
    except FileNotFoundError:
        print(f"leash: there is no program {command[0]!r}", file=sys.stderr)
        return _NOT_FOUND
    except OSError as error:
        print(f"leash: {command[0]!r} cannot be started: {error.strerror}", file=sys.stderr)
        return _CANNOT_EXECUTE


def run_tied_by_kernel(command: list[str]) -> int:
    """Become `command`, tied to our parent by the kernel; returns only when that fails."""
    holder = _holder()
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    # The parent may have died before the kernel knew that we care.
    if os.getppid() != holder:
        return 128 + signal.SIGKILL
    return _execute(command)


def run_watched(command: list[str]) -> int:
    """Run `command` as a child, killing it when our parent is gone, and give its exit code."""
    holder = _holder()
    environment = holding(os.environ)
    try:
        child = subprocess.Popen(command, env=environment)
    except FileNotFoundError:
        print(f"leash: there is no program {command[0]!r}", file=sys.stderr)
        return _NOT_FOUND

    def pass_on(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, pass_on)
    while True:
        try:
            code = child.wait(_WATCH_INTERVAL_S)
        except subprocess.TimeoutExpired:
            if os.getppid() != holder:
                child.kill()
        else:
            return code if code >= 0 else 128 - code


def main(arguments: Sequence[str] | None = None) -> int:
    command = list(sys.argv[1:] if arguments is None else arguments)
    if command[:1] == ["--"]:
        del command[0]
    if not command:
        print("usage: python -m launcher.leash -- COMMAND…", file=sys.stderr)
        return 2
    return run_tied_by_kernel(command) if sys.platform == "linux" else run_watched(command)


if __name__ == "__main__":
    sys.exit(main())
