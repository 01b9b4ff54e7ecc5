"""What the tests let a child process do."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from shared.python.errors import CorruptError


def add(a: int, b: int) -> int:
    return a + b


def pid() -> int:
    return os.getpid()


def refuse(what: str) -> None:
    raise CorruptError(f"{what} is no sound", code="corrupt")


def fail() -> None:
    raise ZeroDivisionError("by zero")


def fail_with_something_that_cannot_travel() -> None:
    class LocalError(Exception):
        pass

    raise LocalError("made inside a function")


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def hang(started: str) -> None:
    Path(started).write_text(str(os.getpid()), "utf-8")
    time.sleep(600)


def hear(path: str) -> None:
    """Says when it began."""
    Path(path).write_text(str(time.time()), "utf-8")


def nap() -> None:
    time.sleep(0.02)


def loop() -> None:
    while True:
        pass


def burst() -> int:
    return len(bytearray(1 << 40))


def count_up(steps: int, report: Callable[[float, str | None], None]) -> int:
    for step in range(steps):
        report((step + 1) / steps, f"blob:{step}")
    return steps


def note_and_sleep(runs: str) -> None:
    """Five times as long as the lease of the test."""
    with Path(runs).open("a", encoding="utf-8") as file:
        file.write("run\n")
    time.sleep(4)
