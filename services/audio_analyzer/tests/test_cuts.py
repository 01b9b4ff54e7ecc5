import numpy as np
import pytest

from services.audio_analyzer.cuts import CutFinder, Cuts
from services.audio_analyzer.tests.conftest import RATE_HZ, noise, sine


def cuts_of(samples: np.ndarray) -> Cuts:
    finder = CutFinder(RATE_HZ)
    for start in range(0, len(samples), 1000):
        finder.push(samples[start : start + 1000].astype(np.float32))
    return finder.finish()


def silence(duration_s: float) -> np.ndarray:
    return np.zeros(round(duration_s * RATE_HZ))


def heard_s(samples: np.ndarray) -> list[tuple[float, float]]:
    cuts = cuts_of(samples)
    return [(first * cuts.step_s, after * cuts.step_s) for first, after in cuts.audible()]


def test_every_step_has_its_level_and_its_quietest_frame() -> None:
    samples = sine(440, 0.5)
    cuts = cuts_of(samples)
    assert cuts.n_frames == len(samples)
    assert len(cuts.levels) == len(cuts.frames) == -(-len(samples) // 132)
    assert np.abs(samples[cuts.frames[:-1]]).max() < 0.02  # a whole step holds a zero crossing of this tone
    assert cuts.levels.max() == pytest.approx(0.5, abs=1e-3)


def test_what_is_heard_begins_and_ends_with_the_sound() -> None:
    track = np.concatenate((silence(0.5), sine(440, 0.3), silence(0.5), sine(440, 0.2), silence(0.1)))
    assert np.ravel(heard_s(track)) == pytest.approx([0.5, 0.8, 1.3, 1.5], abs=0.015)


def test_a_gap_that_nobody_hears_parts_nothing() -> None:
    assert len(heard_s(np.concatenate((sine(440, 0.3), silence(0.03), sine(440, 0.3))))) == 1


def test_what_stays_far_under_the_loudest_is_not_heard() -> None:
    track = np.concatenate((sine(440, 0.3, peak=0.8), silence(0.3), sine(440, 0.3, peak=0.8e-3 * 2)))
    assert len(heard_s(track)) == 1


def test_silence_is_not_heard() -> None:
    assert heard_s(silence(1)) == []
    assert heard_s(np.zeros(0)) == []


def test_the_cut_before_an_attack_is_at_most_four_steps_before_it() -> None:
    track = np.concatenate((noise(0.5, peak=0.001), noise(0.5, peak=0.2)))
    cuts = cuts_of(track)
    step, rise_db = cuts.attack(0.53)
    assert -4 * cuts.step_s <= step * cuts.step_s - 0.5 <= 0
    assert rise_db > 40


def test_where_the_level_stays_there_is_no_rise() -> None:
    _, rise_db = cuts_of(sine(440, 1)).attack(0.5)
    assert rise_db < 0.5


@pytest.mark.parametrize(("at_s", "growth_db"), [(0.5, -20), (0.25, 0)])
def test_growth_is_measured_across_a_moment(at_s: float, growth_db: float) -> None:
    cuts = cuts_of(np.concatenate((sine(440, 0.5, peak=0.5), sine(440, 0.5, peak=0.05))))
    measured = cuts.growth_db(round(at_s / cuts.step_s), apart_s=0.07, width_s=0.03)
    assert measured == pytest.approx(growth_db, abs=0.5)
