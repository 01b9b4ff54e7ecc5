import numpy as np
import pytest

from services.audio_analyzer.mel import DecibelStore
from services.audio_analyzer.timbre import mfcc, timbre_descriptors, timbre_statistics


def coefficients(frames: np.ndarray) -> np.ndarray:
    store = DecibelStore()
    store.push(frames.astype(np.float32))
    return mfcc(store)


def test_a_flat_mel_spectrum_has_only_the_first_coefficient():
    found = coefficients(np.full((3, 128), -20.0))
    assert found.shape == (3, 20)
    np.testing.assert_allclose(found[:, 0], -20 * np.sqrt(128), rtol=1e-4)
    np.testing.assert_allclose(found[:, 1:], 0, atol=1e-3)


def test_slopes_of_a_steady_rise_are_its_rate():
    rising = np.arange(50, dtype=np.float32)[:, None] * np.linspace(0.5, 2, 20, dtype=np.float32)
    _, _, slopes = timbre_statistics(np.array_split(rising, [1, 3, 20]))
    assert slopes[0] == pytest.approx(0.5, rel=0.1)  # less at the ends, which are repeated
    assert slopes[-1] == pytest.approx(2, rel=0.1)


def test_a_single_frame_does_not_vary():
    values = timbre_descriptors([coefficients(np.random.default_rng(0).normal(-20, 5, (1, 128)))])
    assert all(abs(values[name]) < 1e-5 for name in values if name.endswith(("std", "delta")))
    assert len(values) == 60


@pytest.mark.parametrize("cuts", [[], [1], [5, 6, 40]])
def test_statistics_do_not_depend_on_how_frames_arrive(cuts):
    frames = np.random.default_rng(0).normal(-100, 10, (60, 20)).astype(np.float32)
    mean, deviation, slope = timbre_statistics(np.split(frames, cuts))
    np.testing.assert_allclose(mean, frames.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(deviation, frames.std(axis=0), rtol=1e-5)
    padded = np.pad(frames, ((4, 4), (0, 0)), mode="edge")
    straight = [np.polyfit(np.arange(9), padded[t : t + 9], 1)[0] for t in range(60)]
    np.testing.assert_allclose(slope, np.abs(straight).mean(axis=0), rtol=1e-4)
