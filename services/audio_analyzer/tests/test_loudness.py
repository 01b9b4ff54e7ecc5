"""Cases of EBU Tech 3341 and 3342, synthesised, and libebur128 as a second opinion."""

import numpy as np
import pyebur128
import pytest

from services.audio_analyzer.loudness import Loudness, LoudnessMeter
from services.audio_analyzer.tests.conftest import noise, sine, times_s

RATE_HZ = 48_000


def programme(*parts: tuple[float, float]) -> np.ndarray:
    """Give a 1 kHz tone in both channels, of parts (length in s, peak in dBFS)."""
    mono = np.concatenate(
        [sine(1_000, length_s, peak=10 ** (level / 20), rate_hz=RATE_HZ) for length_s, level in parts]
    )
    return np.stack((mono, mono), axis=1)


def meter(samples: np.ndarray, rate_hz: int = RATE_HZ, block: int = 65_536) -> Loudness:
    loudness = LoudnessMeter(rate_hz, channels=samples.shape[1])
    for start in range(0, len(samples), block):
        loudness.push(np.ascontiguousarray(samples[start : start + block], np.float32))
    return loudness.finish()


@pytest.mark.parametrize(
    ("parts", "expected_lufs"),
    [
        ([(20, -23)], -23),  # 3341-1
        ([(20, -33)], -33),  # 3341-2
        ([(10, -36), (60, -23), (10, -36)], -23),  # 3341-3: the relative gate
        ([(10, -72), (10, -36), (60, -23), (10, -36), (10, -72)], -23),  # 3341-4: the absolute gate, too
        ([(20, -26), (20.1, -20), (20, -26)], -23),  # 3341-5
    ],
)
def test_integrated_loudness_reads_as_ebu_tech_3341_asks(parts, expected_lufs):
    assert meter(programme(*parts)).integrated_lufs == pytest.approx(expected_lufs, abs=0.1)


@pytest.mark.parametrize(
    ("parts", "expected_lu"),
    [
        ([(20, -20), (20, -30)], 10),  # 3342-1
        ([(20, -20), (20, -15)], 5),  # 3342-2
        ([(20, -40), (20, -20)], 20),  # 3342-3
        ([(20, -50), (20, -35), (20, -20), (20, -35), (20, -50)], 15),  # 3342-4
    ],
)
def test_loudness_range_reads_as_ebu_tech_3342_asks(parts, expected_lu):
    assert meter(programme(*parts)).range_lu == pytest.approx(expected_lu, abs=1)


@pytest.mark.parametrize(
    ("share_of_rate", "degrees", "amplitude"),
    [(1 / 4, 0, 0.5), (1 / 4, 45, 0.5), (1 / 6, 60, 0.5), (1 / 8, 67.5, 0.5), (1 / 4, 45, 1.41)],
)  # 3341-15 to 19
def test_true_peak_reads_as_ebu_tech_3341_asks(share_of_rate, degrees, amplitude):
    t = times_s(1, RATE_HZ)
    tone = amplitude * np.sin(2 * np.pi * share_of_rate * RATE_HZ * t + np.deg2rad(degrees))
    tone *= np.minimum(1, np.minimum(t, t[::-1]) / 0.05)
    off_db = meter(tone[:, None]).true_peak_dbtp - 20 * np.log10(amplitude)
    assert -0.4 <= off_db <= 0.2


def test_true_peak_is_never_under_the_sample_peak():
    impulse = np.zeros((5000, 1), np.float32)
    impulse[2500] = 0.8
    assert meter(impulse).true_peak_dbtp >= 20 * np.log10(0.8) - 1e-3


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 44_100, 96_000, 192_000])
@pytest.mark.parametrize("channels", [1, 2, 5])
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
    for name in ("integrated_lufs", "momentary_max_lufs", "range_lu", "true_peak_dbtp"):
        assert getattr(whole, name) == pytest.approx(getattr(cut, name), abs=1e-6)


def test_what_is_too_short_or_too_soft_has_no_reading():
    short = meter(noise(0.3)[:, None], 44_100)
    assert short.integrated_lufs is None
    assert short.range_lu is None
    assert short.momentary_max_lufs is not None
    silent = meter(np.zeros((44_100, 2), np.float32), 44_100)
    assert silent == Loudness(None, None, None, None)
    soft = meter(noise(2, peak=1e-5)[:, None], 44_100)
    assert soft.integrated_lufs is None


def test_the_low_frequency_channel_does_not_count():
    surround = np.zeros((RATE_HZ * 2, 6), np.float32)
    surround[:, 3] = noise(2, rate_hz=RATE_HZ)
    assert meter(surround).integrated_lufs is None


def test_rates_too_low_for_the_filter_stay_finite():
    reading = meter(noise(5, rate_hz=1_000)[:, None], 1_000)
    assert -40 < reading.integrated_lufs < 0
