"""A folder of sounds becomes a map, and stays one."""

import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

from tests.system.conftest import Exploration, write_tone

Explore = Callable[..., Exploration]


def test_every_sample_is_on_the_map_and_is_heard_once(explore: Explore, samples: Path) -> None:
    n_files = len(list(samples.glob("*.flac")))
    first = explore(samples).result()
    assert first["failures"] == []
    assert (first["files"], first["analyzed"], first["failed"], first["skipped"]) == (n_files, n_files, 0, 0)
    assert first["map"]["points"] == n_files
    assert first["seconds"] > 0
    again = explore(samples).result()
    assert (again["files"], again["analyzed"], again["failed"], again["skipped"]) == (n_files, 0, 0, n_files)
    assert again["map"] == first["map"]


def test_a_collection_that_changes_keeps_its_map(explore: Explore, tmp_path: Path) -> None:
    folder = tmp_path / "sounds"
    for number in range(40):
        write_tone(folder / f"{number}.wav", number)
    first = explore(folder).result()
    assert first["map"]["points"] == 40
    (folder / "0.wav").rename(folder / "renamed.wav")
    (folder / "1.wav").unlink()
    shutil.copy(folder / "2.wav", folder / "copy of 2.wav")
    write_tone(folder / "new.wav", 100)
    second = explore(folder).result()
    assert second["map"]["id"] == first["map"]["id"]
    assert (second["files"], second["analyzed"], second["failed"], second["skipped"]) == (41, 1, 0, 40)
    assert second["map"]["points"] == 40


def test_it_ends_within_ten_seconds_of_sigterm_and_leaves_nothing(explore: Explore, tmp_path: Path) -> None:
    folder = tmp_path / "sounds"
    for number in range(400):
        write_tone(folder / f"{number}.wav", number)
    exploration = explore(folder)
    exploration.wait_until("Listening")
    exploration.process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    exploration.process.wait(60)
    assert time.monotonic() - began < 10
    assert exploration.processes() == []


def test_what_was_cut_off_is_finished_the_next_time(explore: Explore, tmp_path: Path) -> None:
    folder = tmp_path / "sounds"
    for number in range(200):
        write_tone(folder / f"{number}.wav", number)
    exploration = explore(folder)
    exploration.wait_until("Listening")
    exploration.process.kill()  # the launcher itself, as a crash of the machine's session would
    exploration.process.wait(10)
    deadline = time.monotonic() + 20
    while exploration.processes() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert exploration.processes() == []
    result = explore(folder).result()
    assert (result["files"], result["failed"]) == (200, 0)
    assert result["map"]["points"] == 200
