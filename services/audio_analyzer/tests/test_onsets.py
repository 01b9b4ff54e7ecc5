import numpy as np
import pytest

from services.audio_analyzer.onsets import FRAME_S, place_beats
from services.audio_analyzer.tests.conftest import clicks, noise, sine, times_s
from services.audio_analyzer.tests.test_rhythm import RATE_HZ, rhythm_of


@pytest.mark.parametrize("background", [0.0, 1e-4, 3e-3], ids=["silence", "soft noise", "noise"])
def test_clicks_are_counted_and_placed_to_ten_milliseconds(background):
    samples = clicks(100, 6, rate_hz=RATE_HZ) + noise(6, peak=background, rate_hz=RATE_HZ, seed=1)
    np.testing.assert_allclose(rhythm_of(samples).onsets_s, np.arange(10) * 0.6, atol=0.01)


@pytest.mark.parametrize("attack_s", [0.002, 0.01, 0.03])
def test_notes_are_placed_where_they_rise(attack_s):
    t = times_s(0.5, RATE_HZ)
    note = sine(330, 0.5, rate_hz=RATE_HZ) * np.minimum(1, t / attack_s) * np.exp(-6 * t)
    samples = np.concatenate((np.zeros(RATE_HZ // 4), np.tile(note, 6)))
    rhythm = rhythm_of(samples, begins_at_once=False)
    np.testing.assert_allclose(rhythm.onsets_s, 0.25 + 0.5 * np.arange(6), atol=FRAME_S)


def test_soft_hits_over_a_loud_drone_are_placed_to_a_frame():
    drone = sine(110, 6, peak=0.5, rate_hz=RATE_HZ)
    samples = drone + clicks(100, 6, peak=0.02, rate_hz=RATE_HZ)
    np.testing.assert_allclose(rhythm_of(samples).onsets_s, np.arange(10) * 0.6, atol=FRAME_S)


def test_onsets_lie_within_the_sound_in_rising_order():
    samples = clicks(230, 5, rate_hz=RATE_HZ) + noise(5, peak=0.05, rate_hz=RATE_HZ)
    onsets = np.array(rhythm_of(samples).onsets_s)
    assert (np.diff(onsets) >= 0).all()
    assert 0 <= onsets[0] <= onsets[-1] <= 5


def test_a_beat_takes_the_time_of_its_onset_and_keeps_its_own_without_one():
    beats = np.array([10, 31, 52])
    onsets_s = np.array([0.19, 1.2])
    placed = place_beats(beats, onsets_s)
    assert placed[0] == 0.19
    assert placed[1] == pytest.approx((31 - 1.25) * FRAME_S)
    assert placed[2] == 1.2
    assert len(place_beats(beats[:0], onsets_s)) == 0
    np.testing.assert_allclose(place_beats(beats, onsets_s[:0]), (beats - 1.25) * FRAME_S)
