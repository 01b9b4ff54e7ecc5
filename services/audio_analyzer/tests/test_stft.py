import librosa
import numpy as np
import pytest

from services.audio_analyzer.stft import ANALYSIS_RATE_HZ, HOP_SAMPLES, Stft
from services.audio_analyzer.tests.conftest import noise


def transform(samples, cuts=()):
    stft = Stft()
    parts = [spectra for piece in np.split(samples, cuts) for spectra in stft.push(piece)]
    parts += stft.finish()
    return np.concatenate([spectra.magnitude for spectra in parts])


@pytest.mark.parametrize("n", [1, 511, 512, 2048, 40_000, 100_000])
def test_frames_are_those_of_librosa(n):
    samples = noise(5, rate_hz=ANALYSIS_RATE_HZ)[:n]
    ours, theirs = transform(samples), np.abs(librosa.stft(samples)).T
    assert ours.shape == theirs.shape == (1 + n // HOP_SAMPLES, 1025)
    np.testing.assert_allclose(ours, theirs, atol=1e-5 * theirs.max())


def test_frames_do_not_depend_on_how_the_signal_was_cut():
    samples = noise(3, rate_hz=ANALYSIS_RATE_HZ)
    whole = transform(samples)
    cut = transform(samples, cuts=[1, 2, 700, 701, 40_000, 40_512])
    np.testing.assert_array_equal(whole, cut)
