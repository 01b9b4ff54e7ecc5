"""The whole system, as a person starts it."""

import json
import signal
import subprocess
import sys
import threading
import time
import urllib.request
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from launcher.tests.processes import family, is_alive, wait_until

pytestmark = [pytest.mark.system, pytest.mark.timeout(1800)]

N_SOUNDS = 6
START_S = 320.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six different notes, one copy of the first, and one file that is no sound."""
    sounds = tmp_path / "sounds"
    sounds.mkdir()
    for n in range(N_SOUNDS):
        write_note(sounds / f"note{n}.wav", frequency_hz=220.0 * 2 ** (n / 5))
    (sounds / "copy.wav").write_bytes((sounds / "note0.wav").read_bytes())
    (sounds / "broken.wav").write_bytes(b"this is no sound at all" * 40)
    return sounds


def write_note(path: Path, *, frequency_hz: float, sample_rate_hz: int = 22_050) -> None:
    time_s = np.arange(sample_rate_hz // 2) / sample_rate_hz
    samples = 0.5 * np.sin(2 * np.pi * frequency_hz * time_s) * np.exp(-4 * time_s)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate_hz)
        file.writeframes((32_767 * samples).astype("<i2").tobytes())


class Launched:
    """A running ``tonotope explore``, what it printed so far, and its family."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "launcher", "explore", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        self.printed: list[str] = []
        self.told: list[str] = []
        self._readers = [
            threading.Thread(target=lambda: self.printed.extend(iter(self.process.stdout.readline, ""))),  # type: ignore[union-attr]
            threading.Thread(target=lambda: self.told.extend(iter(self.process.stderr.readline, ""))),  # type: ignore[union-attr]
        ]
        for reader in self._readers:
            reader.start()

    def wait_until_ready(self) -> str:
        def url() -> str | None:
            assert self.process.poll() is None, "".join(self.told)
            lines = [line for line in self.printed + self.told if line.startswith("Tonotope is ready: ")]
            return lines[0].split()[-1] if lines else None

        wait_until(url, timeout_s=START_S)
        found = url()
        assert found is not None
        return found

    def finish(self, *, timeout_s: float = 900.0) -> int:
        code = self.process.wait(timeout=timeout_s)
        for reader in self._readers:
            reader.join(timeout=10)
        return code


@pytest.fixture
def launch(tmp_path: Path, web_app: None) -> Iterator[Callable[..., Launched]]:
    """Start ``tonotope explore`` on a data directory of this test; it ends with the test."""
    launched: list[Launched] = []

    def start(*arguments: str) -> Launched:
        launched.append(Launched(*arguments, "--data", str(tmp_path / "data"), "--no-browser"))
        return launched[-1]

    yield start
    for each in launched:
        if each.process.poll() is None:
            each.process.terminate()
            each.finish(timeout_s=15)


def result_of(launched: Launched) -> dict[str, object]:
    assert launched.finish() == 0, "".join(launched.told)
    assert len(launched.printed) == 1
    result = json.loads(launched.printed[0])
    assert isinstance(result, dict)
    return result


def test_folder_becomes_a_map_and_a_second_time_nothing_is_new(
    folder: Path, launch: Callable[..., Launched]
) -> None:
    first = result_of(launch(str(folder), "--once", "--json"))
    assert first.keys() == {"files", "analyzed", "failed", "skipped", "failures", "map", "seconds"}
    counts = {name: first[name] for name in ("files", "analyzed", "failed", "skipped")}
    assert counts == {"files": N_SOUNDS + 2, "analyzed": N_SOUNDS, "failed": 1, "skipped": 1}
    assert [Path(str(failure["path"])).name for failure in first["failures"]] == ["broken.wav"]  # type: ignore[attr-defined]
    sound_map = first["map"]
    assert isinstance(sound_map, dict)

    write_note(folder / "new.wav", frequency_hz=1234.0)
    second = result_of(launch(str(folder), "--once", "--json"))
    assert second["files"] == N_SOUNDS + 3
    assert second["analyzed"] == 1
    assert second["map"] == {"id": sound_map["id"], "points": sound_map["points"] + 1}


def test_system_that_stays_ends_cleanly_on_sigterm(folder: Path, launch: Callable[..., Launched]) -> None:
    launched = launch(str(folder))
    url = launched.wait_until_ready()
    with urllib.request.urlopen(f"{url}/readyz", timeout=10) as answer:  # noqa: S310  our own server
        assert answer.status == 200
    everyone = family(launched.process.pid)
    assert len(everyone) >= 10
    began = time.monotonic()
    launched.process.send_signal(signal.SIGTERM)
    assert launched.finish(timeout_s=15) == 0
    assert time.monotonic() - began < 10
    assert not any(is_alive(pid) for pid in everyone)


def test_killed_launcher_leaves_nothing_behind_and_can_be_started_again(
    folder: Path, launch: Callable[..., Launched]
) -> None:
    launched = launch()
    launched.wait_until_ready()
    everyone = family(launched.process.pid)
    launched.process.kill()
    launched.finish()
    wait_until(lambda: not any(is_alive(pid) for pid in everyone), timeout_s=5)
    again = result_of(launch(str(folder), "--once", "--json"))
    assert again["files"] == N_SOUNDS + 2


def test_run_is_done_although_everything_below_is_killed(
    folder: Path, launch: Callable[..., Launched]
) -> None:
    launched = launch(str(folder), "--once", "--json")
    launched.wait_until_ready()
    # Supervisord, and with it every program; and the command of main_app that is waited for.
    wait_until(lambda: len(psutil.Process(launched.process.pid).children()) == 2)
    for child in psutil.Process(launched.process.pid).children():
        child.kill()
    result = result_of(launched)
    assert result["files"] == N_SOUNDS + 2
    assert result["failed"] == 1
    assert any("started again" in line for line in launched.told)


def test_open_address_without_an_owner_is_refused_in_plain_words(launch: Callable[..., Launched]) -> None:
    launched = launch("--host", "0.0.0.0")  # noqa: S104  to see that it is refused
    assert launched.finish() == 1
    assert "owner" in "".join(launched.told)
    assert launched.printed == []


def test_second_start_on_the_same_data_is_refused_and_on_another_gets_another_port(
    tmp_path: Path, launch: Callable[..., Launched]
) -> None:
    first = launch()
    url = first.wait_until_ready()
    second = launch()
    assert second.finish() == 1
    assert url in "".join(second.told)
    elsewhere = Launched("--data", str(tmp_path / "other"), "--no-browser")
    try:
        assert elsewhere.wait_until_ready() != url
        assert any("is taken" in line for line in elsewhere.told)
    finally:
        elsewhere.process.terminate()
        elsewhere.finish(timeout_s=15)
