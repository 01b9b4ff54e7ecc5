"""Whatever lies in a folder, each file has an outcome of its own, and the run ends."""

import math
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.system.conftest import SAMPLE_RATE_HZ, Exploration, write_tone

Explore = Callable[..., Exploration]


def codes(result: dict[str, object]) -> dict[str, str]:
    failures = result["failures"]
    assert isinstance(failures, list)
    assert all(failure["message"] for failure in failures)
    return {failure["path"]: failure["code"] for failure in failures}


def test_an_empty_folder_is_an_empty_map(explore: Explore, tmp_path: Path) -> None:
    folder = tmp_path / "sounds"
    folder.mkdir()
    result = explore(folder).result()
    assert (result["files"], result["analyzed"], result["failures"], result["map"]["points"]) == (0, 0, [], 0)


def test_a_folder_that_is_not_there_is_said_at_once(explore: Explore, tmp_path: Path) -> None:
    exploration = explore(tmp_path / "nowhere")
    assert exploration.process.wait(60) != 0
    exploration._reader.join(5)
    assert "nowhere" in exploration.log


@pytest.mark.parametrize("n_sounds", [1, 2, 3])
def test_a_handful_of_sounds_is_a_map_too(explore: Explore, tmp_path: Path, n_sounds: int) -> None:
    for number in range(n_sounds):
        write_tone(tmp_path / "sounds" / f"{number}.wav", number)
    assert explore(tmp_path / "sounds").result()["map"]["points"] == n_sounds


def test_every_bad_file_has_its_own_reason(explore: Explore, tmp_path: Path) -> None:
    folder = tmp_path / "sounds"
    for number in range(10):
        write_tone(folder / f"good {number}.wav", number)
    whole = (folder / "good 0.wav").read_bytes()
    (folder / "text.mp3").write_text("Not a sound but a shopping list: milk, bread, cymbals.\n" * 50)
    (folder / "empty.wav").write_bytes(b"")
    (folder / "half.wav").write_bytes(whole[: len(whole) // 2])
    (folder / "header only.wav").write_bytes(whole[:44])
    (folder / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0 no sound, and not called one")
    everywhere_nan = np.full(SAMPLE_RATE_HZ, math.nan, dtype=np.float32)
    soundfile.write(folder / "nan.wav", everywhere_nan, SAMPLE_RATE_HZ, subtype="FLOAT")
    somewhere_nan = np.sin(np.arange(SAMPLE_RATE_HZ) / 10).astype(np.float32)
    somewhere_nan[100:200] = math.inf
    soundfile.write(folder / "some inf.wav", somewhere_nan, SAMPLE_RATE_HZ, subtype="FLOAT")
    shutil.copy(folder / "good 1.wav", folder / "same as good 1.wav")
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "dangling.wav").symlink_to(folder / "nothing.wav")
    os.mkfifo(folder / "pipe.wav")
    result = explore(folder).result()
    failed = codes(result)
    assert failed.pop("text.mp3") == "not_audio"
    assert failed.pop("empty.wav") == "empty"
    assert failed.pop("header only.wav") == "empty"
    assert failed.pop("nan.wav") == "non_finite"
    assert failed == {}
    # Ten good ones, the half one and the one with some infinities; the copy is the same sound.
    assert (result["analyzed"], result["skipped"], result["map"]["points"]) == (12, 1, 12)
    assert result["files"] == result["analyzed"] + result["failed"] + result["skipped"]


def test_names_in_any_unicode(explore: Explore, tmp_path: Path) -> None:
    names = [
        "Größe ♯.wav",
        "日本語の音.wav",
        "مرحبا.wav",
        "e\u0301 decomposed.wav",
        "é composed.wav",
        "🥁.wav",
    ]
    names += [" leading space.wav", "tab\tand\nnewline.wav", os.fsdecode(b"latin-1 \xe9.wav"), "%41 ?#&.wav"]
    for number, name in enumerate(names):
        write_tone(tmp_path / "sounds" / "Ordner ü" / name, number)
    result = explore(tmp_path / "sounds").result()
    assert result["failures"] == []
    assert (result["analyzed"], result["map"]["points"]) == (len(names), len(names))


def test_a_folder_that_vanishes_midway(explore: Explore, tmp_path: Path) -> None:
    folder = tmp_path / "sounds"
    for number in range(300):
        write_tone(folder / f"{number}.wav", number)
    exploration = explore(folder)
    exploration.wait_until("Listening")
    folder.rename(tmp_path / "taken away")
    result = exploration.result()
    assert result["files"] == result["analyzed"] + result["failed"] + result["skipped"] == 300
    assert set(codes(result).values()) <= {"not_found"}
    assert result["map"]["points"] == result["analyzed"]
    (tmp_path / "taken away").rename(folder)
    again = explore(folder).result()
    assert (again["files"], again["failed"], again["map"]["points"]) == (300, 0, 300)
