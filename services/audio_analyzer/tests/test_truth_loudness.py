"""All cases of EBU Tech 3341 (2023) and 3342 (2023) that are tones, synthesised; and weights of BS.1770-5.

Left out are 7 and 8 of Tech 3341 and 5 and 6 of Tech 3342: those are recordings of programmes.
"""

import numpy as np
import pytest
import scipy.signal

from services.audio_analyzer.loudness import Loudness, LoudnessMeter
from services.audio_analyzer.tests.conftest import sine, times_s

RATE_HZ = 48_000


def tone(length_s: float, peak_dbfs: float) -> np.ndarray:
    return sine(1_000, length_s, peak=10 ** (peak_dbfs / 20), rate_hz=RATE_HZ)


def silence(length_s: float) -> np.ndarray:
    return np.zeros(round(length_s * RATE_HZ), np.float32)


def meter(*parts: np.ndarray, gains_db: tuple[float, ...] = (0.0, 0.0)) -> Loudness:
    """Read a sequence of parts, the same in all channels but for their gains."""
    mono = np.concatenate(parts)
    samples = np.stack([mono * np.float32(10 ** (gain_db / 20)) for gain_db in gains_db], axis=1)
    loudness = LoudnessMeter(RATE_HZ, channels=len(gains_db))
    for start in range(0, len(samples), 65_536):
        loudness.push(np.ascontiguousarray(samples[start : start + 65_536]))
    return loudness.finish()


@pytest.mark.parametrize("level", [-23, -33])
def test_3341_cases_1_and_2_a_steady_tone(level):
    reading = meter(tone(20, level))
    for value in (reading.integrated_lufs, reading.momentary_max_lufs, reading.short_term_max_lufs):
        assert value == pytest.approx(level, abs=0.1)


@pytest.mark.parametrize(
    "parts",
    [
        [(10, -36), (60, -23), (10, -36)],
        [(10, -72), (10, -36), (60, -23), (10, -36), (10, -72)],
        [(20, -26), (20.1, -20), (20, -26)],
    ],
    ids=["3: relative gate", "4: absolute gate", "5: within the gates"],
)
def test_3341_cases_3_to_5_gates(parts):
    assert meter(*(tone(*part) for part in parts)).integrated_lufs == pytest.approx(-23, abs=0.1)


def test_3341_case_6_surround():
    assert meter(tone(20, 0), gains_db=(-28, -28, -24, -30, -30)).integrated_lufs == pytest.approx(
        -23, abs=0.1
    )
    with_low = meter(tone(20, 0), gains_db=(-28, -28, -24, -10, -30, -30))
    assert with_low.integrated_lufs == pytest.approx(-23, abs=0.1)


def test_3341_cases_9_and_12_alternating_tones_read_evenly():
    slow = meter(*[tone(1.34, -20), tone(1.66, -30)] * 5)
    assert slow.short_term_max_lufs == pytest.approx(-23, abs=0.1)
    fast = meter(*[tone(0.18, -20), tone(0.22, -30)] * 25)
    assert fast.momentary_max_lufs == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize("i", range(20))
def test_3341_cases_10_and_13_a_tone_as_long_as_the_window_is_caught_wherever_it_lies(i):
    short_term = meter(silence(i * 0.15), tone(3, -23), silence(1)).short_term_max_lufs
    assert short_term == pytest.approx(-23, abs=0.1)
    momentary = meter(silence(i * 0.02), tone(0.4, -23), silence(1)).momentary_max_lufs
    assert momentary == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize("n", [1, 7, 20])
def test_3341_cases_11_and_14_the_highest_reading_so_far(n):
    slow, fast = [], []
    for i in range(n):
        slow += [silence(i * 0.15), tone(3, -38 + i), silence(3 - i * 0.15)]
        fast += [silence(i * 0.02), tone(0.4, -38 + i), silence(0.4 - i * 0.02)]
    assert meter(*slow).short_term_max_lufs == pytest.approx(-39 + n, abs=0.1)
    assert meter(*fast).momentary_max_lufs == pytest.approx(-39 + n, abs=0.1)


def faded(samples: np.ndarray, rate_hz: int) -> np.ndarray:
    t = times_s(len(samples) / rate_hz, rate_hz)
    return samples * np.minimum(1, np.minimum(t, t[::-1]) / 0.01)


@pytest.mark.parametrize(
    ("share_of_rate", "degrees", "amplitude", "expected_dbtp"),
    [
        (1 / 4, 0.0, 0.50, -6),
        (1 / 4, 45.0, 0.50, -6),
        (1 / 6, 60.0, 0.50, -6),
        (1 / 8, 67.5, 0.50, -6),
        (1 / 4, 45.0, 1.41, 3),
    ],
    ids=["15", "16", "17", "18", "19"],
)
def test_3341_cases_15_to_19_true_peaks_of_tones(share_of_rate, degrees, amplitude, expected_dbtp):
    phase = 2 * np.pi * share_of_rate * np.arange(RATE_HZ) + np.deg2rad(degrees)
    reading = meter(faded(amplitude * np.sin(phase), RATE_HZ).astype(np.float32))
    assert expected_dbtp - 0.4 <= reading.true_peak_dbtp <= expected_dbtp + 0.2


@pytest.mark.parametrize("offset", range(4), ids=["20", "21", "22", "23"])
def test_3341_cases_20_to_23_a_true_peak_between_the_samples(offset):
    """A single louder period within a tone, made at four times the rate and then thinned out."""
    n = 4 * RATE_HZ
    steps = np.full(n, 2 * np.pi / 24)
    amplitudes = np.full(n, 0.5)
    middle = n // 2 // 24 * 24  # where the phase is a whole number of turns
    steps[middle : middle + 16], amplitudes[middle : middle + 16] = 2 * np.pi / 16, 1.0
    phase = np.concatenate(([0.0], np.cumsum(steps)[:-1]))
    fine = faded(amplitudes * np.sin(phase), 4 * RATE_HZ)
    smooth = scipy.signal.filtfilt(scipy.signal.firwin(129, 0.25 * 0.9), 1.0, fine)
    reading = meter(smooth[offset::4].astype(np.float32))
    true_dbtp = 20 * np.log10(np.abs(smooth).max())
    assert abs(true_dbtp) < 0.3  # or the filter took too much, and this is not the case that was meant
    assert true_dbtp - 0.4 <= reading.true_peak_dbtp <= true_dbtp + 0.2


@pytest.mark.parametrize(
    ("parts", "expected_lu"),
    [
        ([(20, -20), (20, -30)], 10),
        ([(20, -20), (20, -15)], 5),
        ([(20, -40), (20, -20)], 20),
        ([(20, -50), (20, -35), (20, -20), (20, -35), (20, -50)], 15),
    ],
    ids=["1", "2", "3", "4"],
)
def test_3342_cases_1_to_4_loudness_range(parts, expected_lu):
    assert meter(*(tone(*part) for part in parts)).range_lu == pytest.approx(expected_lu, abs=0.5)


@pytest.mark.parametrize(
    ("channels", "weights"),
    [
        (4, (1, 1, 1.41, 1.41)),
        (5, (1, 1, 1, 1.41, 1.41)),
        (6, (1, 1, 1, 0, 1.41, 1.41)),
        (7, (1, 1, 1, 0, 1, 1.41, 1.41)),
        (8, (1, 1, 1, 0, 1, 1, 1.41, 1.41)),
    ],
)
def test_channels_weigh_as_their_speakers_stand(channels, weights):
    """By azimuth in BS.1770-5: 1.41 from 60 to 120 degrees to the side, else 1; nothing for low ones."""
    for channel, weight in enumerate(weights):
        gains = tuple(-20.0 if other == channel else -np.inf for other in range(channels))
        reading = meter(tone(1, 0), gains_db=gains).integrated_lufs
        if weight == 0:
            assert reading is None
        else:
            assert reading == pytest.approx(-23 + 10 * np.log10(weight), abs=0.1)
