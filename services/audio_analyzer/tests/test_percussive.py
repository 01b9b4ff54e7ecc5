import librosa
import numpy as np
import pytest

from services.audio_analyzer.percussive import PercussiveMeter
from services.audio_analyzer.tests.conftest import clicks, noise, sine

RATE_HZ = 22_050


def ratio(magnitude: np.ndarray, cuts=()) -> float | None:
    meter = PercussiveMeter()
    for part in np.split(magnitude, cuts):
        meter.push(np.ascontiguousarray(part))
    return meter.finish()


def spectrogram(samples: np.ndarray) -> np.ndarray:
    return np.abs(librosa.stft(samples)).T


# Not 2: there scipy's median of one axis and its general one disagree, and librosa takes the first.
@pytest.mark.parametrize("n_frames", [1, 3, 15, 16, 31, 32, 100, 157, 158, 159, 173, 300])
def test_the_ratio_is_that_of_librosa(n_frames):
    mixed = clicks(180, 8, rate_hz=RATE_HZ) + sine(300, 8, peak=0.2, rate_hz=RATE_HZ)
    magnitude = spectrogram(mixed + noise(8, peak=0.01, rate_hz=RATE_HZ))[20 : 20 + n_frames]
    harmonic, percussive = librosa.decompose.hpss(magnitude.T)
    weights = np.full((1025, 1), 2.0)
    weights[[0, -1]] = 1.0
    tones, hits = (weights * harmonic**2).sum(), (weights * percussive**2).sum()
    assert ratio(magnitude) == pytest.approx(hits / (tones + hits), rel=1e-4)


def test_the_ratio_does_not_depend_on_how_frames_arrive():
    magnitude = spectrogram(noise(8, rate_hz=RATE_HZ))
    assert ratio(magnitude) == pytest.approx(ratio(magnitude, cuts=[1, 2, 30, 94, 158, 222]), rel=1e-9)


def test_hits_are_percussive_tones_are_not_and_silence_is_neither():
    assert ratio(spectrogram(clicks(120, 4, rate_hz=RATE_HZ))) > 0.9
    assert ratio(spectrogram(sine(440, 4, rate_hz=RATE_HZ))) < 0.05
    assert ratio(np.zeros((50, 1025), np.float32)) is None
    assert PercussiveMeter().finish() is None
