"""Every sound of the collection is made once here, and looked at from all sides."""

import hashlib
import re
from collections import Counter
from io import BytesIO
from pathlib import PurePosixPath

import numpy as np
import pytest
import soundfile

from integrations.demo_collection.catalogue import RECIPES
from integrations.demo_collection.instruments import (
    drums,
    effects,
    loops,
    mallets,
    metals,
    nature,
    pads,
    percussion,
    strings,
    voices,
)
from integrations.demo_collection.signals import PEAK, SAMPLE_RATE_HZ, Signal

FAMILIES = (drums, effects, loops, mallets, metals, nature, pads, percussion, strings, voices)


@pytest.fixture(scope="module")
def sounds() -> dict[str, np.ndarray]:
    """Give all sounds as 16-bit samples."""
    return {path: np.round(recipe.render() * 32767).astype(np.int16) for path, recipe in RECIPES.items()}


def mono(sound: np.ndarray) -> Signal:
    scaled = sound / 32767
    return scaled if scaled.ndim == 1 else scaled.mean(axis=1)


def test_collection_has_some_three_hundred_sounds_and_none_is_lost() -> None:
    assert 300 <= len(RECIPES) <= 360
    assert len(RECIPES) == sum(len(list(family.recipes())) for family in FAMILIES)


@pytest.mark.parametrize("path", RECIPES)
def test_paths_are_ones_that_every_file_system_takes(path: str) -> None:
    parts = PurePosixPath(path).parts
    assert 2 <= len(parts) <= 3 and PurePosixPath(path).suffix in (".wav", ".flac")
    assert not re.search(r'[<>:"\\|?*\x00-\x1f]', path)
    assert all(
        part == part.strip() and not part.startswith(".") and len(part.encode()) < 100 for part in parts
    )


def test_no_two_paths_differ_in_case_alone() -> None:
    assert max(Counter(path.lower() for path in RECIPES).values()) == 1


def test_sounds_are_whole_and_do_not_clip(sounds: dict[str, np.ndarray]) -> None:
    for path, sound in sounds.items():
        peak = int(np.max(np.abs(sound.astype(np.int32))))
        assert abs(peak - PEAK * 32767) <= 1, path
        # What is cut off stays at its peak; only the broken converters may hold a value.
        held = np.abs(sound) == peak
        assert not (held[:-2] & held[1:-1] & held[2:]).any() or "Broken" in path, path
        assert sound.ndim == 1 or sound.shape[1] == 2, path


def test_sounds_have_no_offset(sounds: dict[str, np.ndarray]) -> None:
    for path, sound in sounds.items():
        assert np.max(np.abs(np.mean(sound / 32767, axis=0))) < 0.02, path


def test_sounds_begin_and_end_in_silence_unless_they_loop(sounds: dict[str, np.ndarray]) -> None:
    for path, sound in sounds.items():
        if not RECIPES[path].loops:
            assert np.max(np.abs(sound[[0, -1]])) <= 0.01 * 32767, path


def test_loops_have_no_click_at_their_seam(sounds: dict[str, np.ndarray]) -> None:
    for path in (path for path in sounds if path.startswith("Loops/Arpeggios")):
        sound = mono(sounds[path])
        # The note that begins there begins as softly as the same instrument does inside the loop.
        steps = np.abs(np.diff(sound))
        assert abs(sound[0] - sound[-1]) <= steps.max() + 1e-9, path


def test_lengths_suit_the_kind(sounds: dict[str, np.ndarray]) -> None:
    for path, sound in sounds.items():
        duration_s = len(sound) / SAMPLE_RATE_HZ
        low, high = {"Drones": (10, 20), "Pads": (6, 12), "Nature": (4, 10), "Drums": (0.03, 9.5)}.get(
            path.split("/")[0], (0.05, 9)
        )
        assert low <= duration_s <= high, (path, duration_s)


def test_loops_last_whole_bars(sounds: dict[str, np.ndarray]) -> None:
    for path in (path for path in sounds if path.startswith("Loops/")):
        tempo_bpm = float(re.search(r" ([\d.]+) bpm", path)[1])
        beats = len(sounds[path]) / SAMPLE_RATE_HZ * tempo_bpm / 60
        assert beats == pytest.approx(8, abs=1e-3), path


def test_no_two_sounds_are_the_same(sounds: dict[str, np.ndarray]) -> None:
    assert len({hashlib.sha256(sound.tobytes()).digest() for sound in sounds.values()}) == len(sounds)


def test_a_sound_is_always_the_same(sounds: dict[str, np.ndarray]) -> None:
    for path in list(sounds)[::25]:
        again = np.round(RECIPES[path].render() * 32767).astype(np.int16)
        assert np.array_equal(again, sounds[path]), path


def test_all_together_is_small(sounds: dict[str, np.ndarray]) -> None:
    n_bytes = 0
    for path, sound in sounds.items():
        file = BytesIO()
        soundfile.write(
            file, sound, SAMPLE_RATE_HZ, format=PurePosixPath(path).suffix[1:].upper(), subtype="PCM_16"
        )
        n_bytes += file.tell()
    assert n_bytes < 60e6
