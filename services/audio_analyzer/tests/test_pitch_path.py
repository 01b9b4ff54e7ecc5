import numpy as np

from services.audio_analyzer.pitch_path import pitch_path


def path(
    f0_hz: list[list[float]], strengths: list[list[float]], audible: list[bool] | None = None
) -> list[int]:
    heard = np.array([True] * len(f0_hz) if audible is None else audible)
    runs = [(np.array(f0_hz, np.float32), np.array(strengths, np.float32), heard)] if f0_hz else []
    return pitch_path(runs).tolist()


def test_an_octave_slip_of_one_frame_is_bridged():
    f0 = [[200, 100]] * 10
    strengths = [[0.9, 0.85]] * 10
    strengths[4] = [0.85, 0.95]  # alone, this frame would say 100 Hz
    assert path(f0, strengths) == [0] * 10


def test_an_octave_leap_that_lasts_is_followed():
    assert path([[200, 400]] * 20, [[0.9, 0.4]] * 10 + [[0.4, 0.9]] * 10) == [0] * 10 + [1] * 10


def test_what_hardly_repeats_is_no_voice():
    assert path([[200]] * 6, [[0.3]] * 6) == [-1] * 6


def test_a_short_dip_does_not_break_a_voice():
    assert path([[200]] * 9, [[0.9]] * 4 + [[0.42]] + [[0.9]] * 4) == [0] * 9


def test_silent_frames_are_no_voice():
    audible = [True] * 5 + [False] * 5
    assert path([[200]] * 10, [[0.9]] * 10, audible) == [0] * 5 + [-1] * 5


def test_frames_without_candidates_are_no_voice():
    assert path([[0, 0]] * 3, [[0, 0]] * 3) == [-1] * 3
    assert path([], []) == []


def test_the_path_is_the_same_however_the_frames_come():
    rng = np.random.default_rng(0)
    f0 = (100 * 2 ** rng.uniform(0, 3, (500, 4))).astype(np.float32)
    strengths = rng.uniform(0, 1, (500, 4)).astype(np.float32)
    audible = rng.uniform(size=500) < 0.9
    whole = pitch_path([(f0, strengths, audible)])
    spans = [slice(0, 1), slice(1, 200), slice(200, 201), slice(201, 500)]
    np.testing.assert_array_equal(pitch_path((f0[s], strengths[s], audible[s]) for s in spans), whole)
