import librosa
import numpy as np
import pytest

from services.audio_analyzer.resample import Resampler, resample
from services.audio_analyzer.tests.conftest import noise, sine


def test_equal_rates_pass_samples_through():
    samples = noise()
    np.testing.assert_array_equal(resample(samples, 22_050, to_hz=22_050), samples)


@pytest.mark.parametrize("from_hz", [8_000, 44_100, 48_000, 96_000, 192_000])
def test_a_tone_keeps_its_pitch_and_level(from_hz):
    resampled = resample(sine(1_000, rate_hz=from_hz), from_hz, to_hz=22_050)
    assert len(resampled) == pytest.approx(22_050, abs=2)
    expected = sine(1_000, rate_hz=22_050)[: len(resampled)]
    np.testing.assert_allclose(resampled[500:-500], expected[500 : len(resampled) - 500], atol=2e-4)


def test_pieces_give_what_the_whole_gives_and_what_librosa_gives():
    samples = noise(2)
    stream = Resampler(44_100, to_hz=22_050)
    pieces = [stream.push(piece) for piece in np.split(samples, [1, 500, 30_000])]
    pieces.append(stream.push(samples[:0], last=True))
    whole = resample(samples, 44_100, to_hz=22_050)
    np.testing.assert_allclose(np.concatenate(pieces), whole, atol=1e-6)
    theirs = librosa.resample(samples, orig_sr=44_100, target_sr=22_050)
    np.testing.assert_allclose(whole, theirs[: len(whole)], atol=1e-6)
