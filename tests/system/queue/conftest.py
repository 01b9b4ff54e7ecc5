"""main_app's processes that deal with jobs, a worker whose jobs do what a test wants, and a real queue."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from shared.python.testing import QueueServer

PROCESSES = {
    "publisher": ("services.main_app", "publisher"),
    "consumer": ("services.main_app", "consumer"),
    "reconciler": ("services.main_app", "reconciler"),
    "worker": ("shared.python.tests.listener",),
    "driver": ("tests.system.queue.driver",),
}


class QueueSystem:
    """Everything that a job passes through, each in a process of its own."""

    def __init__(self, directory: Path, *, program: str = "") -> None:
        self.server = QueueServer(directory, program=program)
        self.server.start()
        self._directory = directory
        self._environment = os.environ | {
            "DATABASE_URL": f"sqlite:///{directory / 'test.sqlite3'}",
            "STORAGE_URL": f"file://{directory / 'blobs'}",
            "NATS_URL": self.server.url,
            "SECRET_KEY": "made for tests, and long enough to sign with",
            "PYTHONUNBUFFERED": "1",
        }
        subprocess.run(
            [sys.executable, "-m", "services.main_app", "migrate"], env=self._environment, check=True
        )
        self.processes = {name: self._start(name) for name in PROCESSES}

    def _start(self, name: str) -> subprocess.Popen[str]:
        log = (self._directory / f"{name}.log").open("w", encoding="utf-8")
        return subprocess.Popen(
            [sys.executable, "-m", *PROCESSES[name]],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=self._environment,
        )  # fmt: skip

    def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        """Have the driver do something, and give its answer."""
        driver = self.processes["driver"]
        assert driver.stdin is not None
        assert driver.stdout is not None
        driver.stdin.write(json.dumps([command, arguments]) + "\n")
        driver.stdin.flush()
        answer = driver.stdout.readline()
        assert answer, (self._directory / "driver.log").read_text("utf-8")[-3000:]
        parsed: dict[str, Any] = json.loads(answer)
        return parsed

    def wait_for_states(self, run_id: int, *, timeout_s: float = 120.0, **expected: int) -> None:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            states = self.ask("states", run_id=run_id)
            if all(states[name] == n for name, n in expected.items()):
                return
            time.sleep(0.05)
        raise AssertionError(f"{states}, and not {expected}, after {timeout_s} s")

    def rss_bytes(self, name: str) -> int:
        return int(psutil.Process(self.processes[name].pid).memory_info().rss)

    def stop(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(20)
        self.server.stop()


@pytest.fixture
def queue_system(tmp_path: Path) -> Iterator[QueueSystem]:
    system = QueueSystem(tmp_path)
    yield system
    system.stop()
