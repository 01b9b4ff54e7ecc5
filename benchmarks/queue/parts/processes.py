"""Starts the processes of a benchmark, ends them with the block, and says what each has used."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

CHILDREN = " (children)"
_STOP_S = 10.0


@dataclass(frozen=True, slots=True)
class Usage:
    """What processes have used: CPU time since they began, and memory now.

    `pss_bytes` counts memory that processes share once in all, `rss_bytes` once in each of them.
    """

    cpu_s: float = 0.0
    rss_bytes: int = 0
    pss_bytes: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.cpu_s + other.cpu_s, self.rss_bytes + other.rss_bytes, self.pss_bytes + other.pss_bytes
        )


def usage_of(process: psutil.Process) -> Usage:
    times = process.cpu_times()
    memory = process.memory_full_info()
    return Usage(times.user + times.system, memory.rss, getattr(memory, "pss", memory.rss))


class Programs:
    """Named processes; each has a log, and its descendants are counted under its name with `CHILDREN`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(
        self, name: str, command: Sequence[str], *, environment: Mapping[str, str] | None = None
    ) -> None:
        with (self._directory / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                list(command),
                cwd=self._directory,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def require_alive(self) -> None:
        """Raise `RuntimeError` with the last words of a program that has ended."""
        for name, process in self._running.items():
            if process.poll() is not None:
                words = (self._directory / f"{name}.log").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{name} ended with exit code {process.returncode}:\n{words}")

    def usage(self) -> dict[str, Usage]:
        """Give what each program and its descendants have used until now."""
        self.require_alive()
        used: dict[str, Usage] = {}
        for name, running in self._running.items():
            process = psutil.Process(running.pid)
            used[name] = usage_of(process)
            for child in process.children(recursive=True):
                key = name + CHILDREN
                used[key] = used.get(key, Usage()) + usage_of(child)
        return used

    def stop(self, name: str) -> None:
        """Ask a program to end, and kill it when it does not."""
        process = self._running.pop(name)
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def stop_all(self) -> None:
        for name in reversed(list(self._running)):
            self.stop(name)


@contextmanager
def programs(directory: Path) -> Iterator[Programs]:
    started = Programs(directory)
    try:
        yield started
    finally:
        started.stop_all()


def wait_until(condition, *, what: str, timeout_s: float = 120.0, look_s: float = 0.2) -> None:
    """Wait for something, looking a few times a second; `TimeoutError` says what did not come about."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not after {timeout_s:.0f} s")
        time.sleep(look_s)
