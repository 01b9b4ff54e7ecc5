import numpy as np
import pytest

from services.audio_analyzer.tempo import FRAME_RATE_HZ, find_tempi


def pulses(bpm: float, duration_s: float, *, accent_every: int = 1) -> np.ndarray:
    """Give an onset strength with a pulse on every beat, half as strong where there is no accent."""
    frames = np.arange(round(duration_s * FRAME_RATE_HZ))
    beats = np.arange(0, duration_s, 60 / bpm) * FRAME_RATE_HZ
    weights = np.where(np.arange(len(beats)) % accent_every == 0, 10.0, 5.0)
    return (weights * np.exp(-0.5 * np.square(frames[:, None] - beats))).sum(axis=1).astype(np.float32)


@pytest.mark.parametrize("bpm", [71.3, 90, 99.7, 118.9, 140, 163.2, 179])
def test_a_tempo_is_measured_between_the_frames(bpm):
    assert find_tempi(pulses(bpm, 20))[0].bpm == pytest.approx(bpm, rel=0.002)


@pytest.mark.parametrize(("bpm", "tapped"), [(200, 100), (240, 120), (45, 45)])
def test_what_is_too_fast_to_tap_is_tapped_at_half_and_told_as_an_alternative(bpm, tapped):
    tempi = find_tempi(pulses(bpm, 20))
    assert tempi[0].bpm == pytest.approx(tapped, rel=0.002)
    assert any(tempo.bpm == pytest.approx(bpm, rel=0.002) for tempo in tempi)


def test_alternatives_are_other_tempi_octaves_first():
    tempi = find_tempi(pulses(120, 20, accent_every=2))
    assert tempi[0].bpm == pytest.approx(120, rel=0.002)
    assert {round(tempo.bpm) for tempo in tempi[1:3]} == {60, 240}
    for i, tempo in enumerate(tempi):
        assert 0 <= tempo.strength <= 1
        assert all(abs(np.log2(tempo.bpm / other.bpm)) > 0.05 for other in tempi[:i])


def test_the_length_of_a_loop_says_its_tempo_more_exactly_than_a_few_beats_do():
    loop = pulses(126, 4 * 60 / 126)
    tempi = find_tempi(loop, loop_s=4 * 60 / 126)
    assert tempi[0].bpm == pytest.approx(126, rel=1e-9)
    assert tempi[1].bpm in (pytest.approx(63, rel=1e-9), pytest.approx(252, rel=1e-9))


def test_a_length_that_fits_no_number_of_beats_moves_nothing():
    strength = pulses(100, 7.9)
    assert find_tempi(strength, loop_s=7.9)[0].bpm == pytest.approx(100, rel=0.002)


def test_unrelated_pulses_have_little_strength():
    random = np.random.default_rng(0)
    for _ in range(5):
        assert all(tempo.strength < 0.25 for tempo in find_tempi(random.random(860).astype(np.float32)))


@pytest.mark.parametrize("n", [0, 1, 7, 8, 10, 40])
def test_what_does_not_change_has_no_tempo(n):
    assert find_tempi(np.zeros(n, np.float32)) == ()
    assert find_tempi(np.ones(n, np.float32)) == ()


@pytest.mark.parametrize("n", range(8, 40, 3))
def test_short_sounds_end_without_an_error(n):
    for tempo in find_tempi(np.random.default_rng(n).random(n).astype(np.float32), loop_s=n / FRAME_RATE_HZ):
        assert np.isfinite([tempo.bpm, tempo.strength]).all()
