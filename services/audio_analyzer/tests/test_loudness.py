"""The meter itself, and libebur128 as a second opinion; cases of the standards are in test_truth_loudness."""

import numpy as np
import pyebur128
import pytest

from services.audio_analyzer.loudness import Loudness, LoudnessMeter
from services.audio_analyzer.tests.conftest import noise

RATE_HZ = 48_000


def meter(samples: np.ndarray, rate_hz: int = RATE_HZ, block: int = 65_536) -> Loudness:
    loudness = LoudnessMeter(rate_hz, channels=samples.shape[1])
    for start in range(0, len(samples), block):
        loudness.push(np.ascontiguousarray(samples[start : start + block], np.float32))
    return loudness.finish()


def test_true_peak_is_never_under_the_sample_peak():
    impulse = np.zeros((5000, 1), np.float32)
    impulse[2500] = 0.8
    assert meter(impulse).true_peak_dbtp >= 20 * np.log10(0.8) - 1e-3


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 44_100, 96_000, 192_000])
@pytest.mark.parametrize("channels", [1, 2, 4, 5])
def test_loudness_agrees_with_libebur128(rate_hz, channels):
    samples = np.stack([noise(5, seed=c, rate_hz=rate_hz) * (1 + c) for c in range(channels)], axis=1)
    samples[rate_hz : 2 * rate_hz] *= 0.02
    theirs = pyebur128.R128State(channels, rate_hz, pyebur128.MeasurementMode.MODE_I)
    theirs.add_frames(samples.astype(np.float64).reshape(-1), len(samples))
    expected = pyebur128.get_loudness_global(theirs)
    assert meter(samples, rate_hz).integrated_lufs == pytest.approx(expected, abs=0.05)


def test_readings_do_not_depend_on_how_the_sound_was_cut():
    samples = noise(3)[:, None]
    whole, cut = meter(samples, 44_100), meter(samples, 44_100, block=997)
    for name in (
        "integrated_lufs",
        "momentary_max_lufs",
        "short_term_max_lufs",
        "range_lu",
        "true_peak_dbtp",
    ):
        assert getattr(whole, name) == pytest.approx(getattr(cut, name), abs=1e-6)


def test_what_is_too_short_or_too_soft_has_no_reading():
    short = meter(noise(0.3)[:, None], 44_100)
    assert short.integrated_lufs is None
    assert short.range_lu is None
    assert short.momentary_max_lufs is not None
    silent = meter(np.zeros((44_100, 2), np.float32), 44_100)
    assert silent == Loudness(None, None, None, None, None)
    soft = meter(noise(2, peak=1e-5)[:, None], 44_100)
    assert soft.integrated_lufs is None


def test_the_low_frequency_channel_does_not_count():
    surround = np.zeros((RATE_HZ * 2, 6), np.float32)
    surround[:, 3] = noise(2, rate_hz=RATE_HZ)
    assert meter(surround).integrated_lufs is None


def test_rates_too_low_for_the_filter_stay_finite():
    reading = meter(noise(5, rate_hz=1_000)[:, None], 1_000)
    assert -40 < reading.integrated_lufs < 0
