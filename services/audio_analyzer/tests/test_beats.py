import numpy as np
import pytest

from services.audio_analyzer.beats import track_beats

PERIOD = 21.5


def pulses(times: np.ndarray, n: int) -> np.ndarray:
    strength = np.zeros(n, np.float32)
    strength[np.rint(times).astype(int)] = 1
    return strength


def test_beats_stand_on_the_pulses():
    times = 5 + PERIOD * np.arange(20)
    np.testing.assert_allclose(track_beats(pulses(times, 440), period_frames=PERIOD), times, atol=1)


def test_a_missing_pulse_is_bridged():
    times = 5 + PERIOD * np.arange(20)
    beats = track_beats(pulses(np.delete(times, [7, 12]), 440), period_frames=PERIOD)
    np.testing.assert_allclose(beats, times, atol=2)


def test_a_drifting_tempo_is_followed():
    times = 5 + np.cumsum(PERIOD * np.linspace(0.94, 1.06, 30))
    np.testing.assert_allclose(track_beats(pulses(times, 700), period_frames=PERIOD), times, atol=1)


def test_weak_pulses_off_the_beat_do_not_pull_beats_over():
    times = 5 + PERIOD * np.arange(20)
    strength = pulses(times, 440) + 0.4 * pulses(times[:-1] + PERIOD / 2, 440)
    np.testing.assert_allclose(track_beats(strength, period_frames=PERIOD), times, atol=1)


def test_there_are_no_beats_in_the_silence_before_and_after():
    times = 300 + PERIOD * np.arange(10)
    beats = track_beats(pulses(times, 900), period_frames=PERIOD)
    np.testing.assert_allclose(beats, times, atol=1)


@pytest.mark.parametrize("n", [1, 2, 30])
def test_what_does_not_change_has_no_beats(n):
    assert len(track_beats(np.ones(n, np.float32), period_frames=PERIOD)) == 0
