"""The whole system as a person starts it, on a folder of real files, in a data directory of its own."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import soundfile

SAMPLE_RATE_HZ = 44100
SAMPLES = Path("/usr/share/sonic-pi/samples")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.system)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(900))


@pytest.fixture(scope="session")
def samples() -> Path:
    """Real sounds: Debian's sonic-pi-samples."""
    assert SAMPLES.is_dir(), "install the Debian package sonic-pi-samples (tools/debian_packages.sh)"
    return SAMPLES


def write_tone(path: Path, number: int, *, duration_s: float = 0.25) -> None:
    """Write a short decaying tone that is like no other."""
    time_s = np.arange(int(duration_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    frequency_hz = 80.0 * 2 ** (number % 61 / 12)
    noise = np.random.default_rng(number).normal(0, 0.3 * (number % 7) / 7, len(time_s))
    signal = (np.sin(2 * np.pi * frequency_hz * time_s) + noise) * np.exp(-time_s * (2 + number % 13))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:  # by us: libsndfile's wrapper takes no name that is no Unicode
        soundfile.write(
            file, 0.5 * signal / np.abs(signal).max(), SAMPLE_RATE_HZ, format="WAV", subtype="PCM_16"
        )


class Exploration:
    """One ``tonotope explore FOLDER --once --json`` and what it printed."""

    def __init__(self, folder: Path, data: Path, *arguments: str, **environment: str) -> None:
        command = [sys.executable, "-m", "launcher", "explore", str(folder), "--once", "--json"]
        self.process = subprocess.Popen(
            [*command, "--data", str(data), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"TMPDIR": str(data.parent)} | environment,
        )
        self.data = data
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read_errors, daemon=True)
        self._reader.start()

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self._lines += self.process.stderr

    @property
    def log(self) -> str:
        return "".join(self._lines)

    def result(self, *, timeout_s: float = 600.0) -> dict[str, Any]:
        """Wait for the end, and give the object on the last line."""
        assert self.process.stdout is not None
        timer = threading.Timer(timeout_s, self.process.kill)
        timer.start()
        output = self.process.stdout.read()
        code = self.process.wait()
        timer.cancel()
        assert code == 0, f"exit code {code}: {self.log[-3000:]}"
        parsed: dict[str, Any] = json.loads(output.splitlines()[-1])
        return parsed

    def processes(self) -> list[psutil.Process]:
        """Give every process that belongs to this system: its data directory is in its environment."""
        return [process for process in psutil.process_iter() if _belongs_to(process, self.data)]

    def find(self, is_it: Callable[[list[str]], bool]) -> psutil.Process | None:
        """Give the process with such a command line."""
        for process in self.processes():
            try:
                if is_it(process.cmdline()):
                    return process
            except psutil.NoSuchProcess:
                continue
        return None

    def wait_until(self, step: str, *, timeout_s: float = 180.0) -> None:
        """Wait until the run has come to a step, as it says itself: ``Listening``, ``Drawing the map``."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline and self.process.poll() is None:
            if step in self.log:
                return
            time.sleep(0.05)
        raise AssertionError(f"not come to {step!r} within {timeout_s} s: {self.log[-2000:]}")

    def wait_for(self, is_it: Callable[[list[str]], bool], *, timeout_s: float = 180.0) -> psutil.Process:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline and self.process.poll() is None:
            if (found := self.find(is_it)) is not None:
                return found
            time.sleep(0.05)
        raise AssertionError(f"no such process within {timeout_s} s: {self.log[-2000:]}")


def _belongs_to(process: psutil.Process, data: Path) -> bool:
    try:
        return f"file://{data}/" in process.environ().get("STORAGE_URL", "") or str(data) in " ".join(
            process.cmdline()
        )
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return False


@pytest.fixture
def explore(tmp_path: Path) -> Iterator[Callable[..., Exploration]]:
    """Start explorations; whatever happens, none is left running."""
    started: list[Exploration] = []

    def start(folder: Path, *arguments: str, data: Path | None = None, **environment: str) -> Exploration:
        exploration = Exploration(folder, data or tmp_path / "data", *arguments, **environment)
        started.append(exploration)
        return exploration

    yield start
    for exploration in started:
        if exploration.process.poll() is None:
            exploration.process.terminate()
            exploration.process.wait(20)
        left = exploration.processes()
        for process in left:
            process.kill()
        assert left == [], f"processes were left behind: {left}"
