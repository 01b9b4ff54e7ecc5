import itertools

import numpy as np
import pytest

from services.audio_analyzer.analysis import analyze_file
from services.audio_analyzer.tests.conftest import HASH, noise, saw, sine, times_s
from services.audio_analyzer.vector import DIMENSIONS


def test_every_sound_has_a_finite_vector_of_the_stated_length(analyze):
    for samples in (np.zeros(100), np.zeros(44_100), noise(0.01), noise(2), sine(440, 3)):
        place = analyze(samples).vector
        assert len(place) == DIMENSIONS
        assert np.isfinite(place).all()


@pytest.mark.parametrize("gain", [0.05, 0.3])
def test_gain_does_not_move_a_sound(analyze, gain):
    sound = (saw(220, 1) + noise(1, peak=0.02)) * np.exp(-3 * times_s(1))
    np.testing.assert_allclose(analyze(sound).vector, analyze(gain * sound).vector, atol=0.02)


def test_a_sound_and_its_copy_in_both_channels_are_in_one_place(analyze):
    mono = saw(220, 1)
    stereo = np.stack((mono, mono), axis=1)
    np.testing.assert_allclose(analyze(mono).vector, analyze(stereo).vector, atol=1e-5)


def test_another_rate_is_nearer_than_another_sound(analyze):
    def sound(rate_hz):
        return saw(220, 1, rate_hz=rate_hz) * np.exp(-4 * times_s(1, rate_hz))

    here = np.array(analyze(sound(44_100)).vector)
    other_rate = np.array(analyze(sound(48_000), rate_hz=48_000).vector)
    other_sound = np.array(analyze(noise(1) * np.exp(-4 * times_s(1))).vector)
    assert np.linalg.norm(here - other_rate) < 0.1 * np.linalg.norm(here - other_sound)


def test_real_sounds_of_a_kind_are_nearer_to_each_other_than_to_other_kinds(real_sounds):
    # File names are a rough truth: a bass drum and the low stroke of a tabla do sound alike.
    kinds = ("tabla_", "loop_", "bd_", "drum_", "ambi_")
    files = {kind: [path for path in real_sounds if path.name.startswith(kind)][:8] for kind in kinds}
    vectors = {
        path: np.array(analyze_file(path, content_hash=HASH)[0].vector)
        for paths in files.values()
        for path in paths
    }
    spread = np.std(list(vectors.values()), axis=0)
    kind_of = {path: kind for kind, paths in files.items() for path in paths}

    def distance(a, b):
        return float(np.linalg.norm((vectors[a] - vectors[b]) / spread))

    nearest_is_of_the_kind = [
        kind_of[min((other for other in vectors if other != path), key=lambda other: distance(path, other))]
        == kind_of[path]
        for path in vectors
    ]
    within = np.mean(
        [distance(a, b) for a, b in itertools.combinations(vectors, 2) if kind_of[a] == kind_of[b]]
    )
    across = np.mean(
        [distance(a, b) for a, b in itertools.combinations(vectors, 2) if kind_of[a] != kind_of[b]]
    )
    assert np.mean(nearest_is_of_the_kind) >= 0.6
    assert within < 0.85 * across
