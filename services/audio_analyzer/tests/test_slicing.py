"""Sequences whose events are known: their number is exact, and each begins where it was put."""

import numpy as np
import pytest

from services.audio_analyzer.slicing import EventFinder, Events
from services.audio_analyzer.stft import ANALYSIS_RATE_HZ, HOP_SAMPLES
from services.audio_analyzer.tests.conftest import RATE_HZ, noise, saw, sine, times_s

HOP_S = HOP_SAMPLES / ANALYSIS_RATE_HZ
IRREGULAR_S = np.cumsum(np.random.default_rng(3).uniform(0.25, 0.9, 12))


def events_of(samples: np.ndarray, *, least_s: float = 0.05, most: int = 256, block: int = 65_536) -> Events:
    finder = EventFinder(RATE_HZ)
    for start in range(0, len(samples), block):
        finder.push(samples[start : start + block].astype(np.float32))
    return finder.finish(least_s=least_s, most=most)


def starts_s(found: Events) -> list[float]:
    return [event.start / RATE_HZ for event in found.events]


def faded(samples: np.ndarray, fade_s: float = 0.005) -> np.ndarray:
    ramp = np.minimum(1, np.arange(len(samples)) / (fade_s * RATE_HZ))
    return samples * ramp * ramp[::-1]


def drum(number: int, *, peak: float = 0.4) -> np.ndarray:
    return noise(0.25, peak=peak, seed=number) * np.exp(-times_s(0.25) / 0.05)


def sequence(times: np.ndarray, sounds: list[np.ndarray], *, duration_s: float) -> np.ndarray:
    track = np.zeros(round(duration_s * RATE_HZ))
    for time, sound in zip(times, sounds, strict=True):
        start = round(time * RATE_HZ)
        track[start : start + len(sound)] += sound[: len(track) - start]
    return track


SEQUENCES = {
    "drums at irregular times": sequence(IRREGULAR_S, [drum(i) for i in range(12)], duration_s=10),
    "drums of levels 26 dB apart": sequence(
        IRREGULAR_S, [drum(i, peak=(0.4, 0.08, 0.02)[i % 3]) for i in range(12)], duration_s=10
    ),
    "tones with pauses": sequence(
        IRREGULAR_S, [faded(sine(110 * (1 + i % 4), 0.2)) for i in range(12)], duration_s=10
    ),
    "a roll of ten a second": sequence(
        0.2 + 0.1 * np.arange(20), [drum(i)[: RATE_HZ // 5] for i in range(20)], duration_s=3
    ),
    "notes that follow at once": np.concatenate(
        [faded(saw(frequency, 0.5)) for frequency in (110, 147, 196, 130, 220)]
    ),
    "sines that follow without a gap": np.concatenate([sine(f, 0.5) for f in (220, 330, 440, 220)]),
    "swells out of silence": sequence(
        0.3 + np.arange(6.0),
        [sine(300, 0.7) * np.sin(np.pi * times_s(0.7) / 0.7) for _ in range(6)],
        duration_s=7,
    ),
}
TIMES_S = {
    "a roll of ten a second": 0.2 + 0.1 * np.arange(20),
    "notes that follow at once": 0.5 * np.arange(5),
    "sines that follow without a gap": 0.5 * np.arange(4),
    "swells out of silence": 0.3 + np.arange(6.0),
}


@pytest.mark.parametrize("name", SEQUENCES)
def test_events_are_found_where_they_are_within_a_hop(name: str) -> None:
    found = starts_s(events_of(SEQUENCES[name]))
    assert found == pytest.approx(TIMES_S.get(name, IRREGULAR_S), abs=HOP_S)


ONE_EVENT = {
    "a sine": sine(110, 10),
    "a chord": saw(110, 10) + saw(165, 10) + saw(220, 10),
    "a vibrato": (0.3 * np.sin(2 * np.pi * 220 * times_s(10) + 4 * np.sin(2 * np.pi * 5.5 * times_s(10)))),
    "a tremolo": saw(220, 10) * (0.6 + 0.4 * np.sin(2 * np.pi * 5 * times_s(10))),
    "a slow and deep tremolo": saw(220, 10) * (0.55 + 0.45 * np.sin(2 * np.pi * 3 * times_s(10))),
    "a beating of two tones": sine(220, 10, peak=0.2) + sine(221, 10, peak=0.2),
    "a sweep": 0.3 * np.sin(2 * np.pi * 271 * 10 ** (times_s(10) / 6.24)),
    "noise": noise(10),
    "brown noise": np.cumsum(noise(10, peak=0.001, seed=6)),
    "one drum": sequence(np.array([0.1]), [drum(1)], duration_s=1),
    "a tone that dies away": sine(110, 4) * np.exp(-times_s(4)),
}


@pytest.mark.parametrize("name", ONE_EVENT)
def test_what_goes_on_is_one_event(name: str) -> None:
    assert len(events_of(ONE_EVENT[name]).events) == 1


def test_silence_has_no_event() -> None:
    nothing = Events((), n_found=0, sample_rate_hz=RATE_HZ)
    assert events_of(np.zeros(3 * RATE_HZ)) == events_of(np.zeros(0)) == nothing


def test_textures_are_told_apart_where_one_fades_into_the_next() -> None:
    n = 24 * RATE_HZ
    times = np.arange(n) / RATE_HZ
    last = np.interp(times, [15, 17], [0, 1])
    first = np.interp(times, [7, 9], [1, 0])
    track = first * noise(24, peak=0.05) + (1 - first - last) * saw(220, 24) + last * noise(24, seed=2)
    found = starts_s(events_of(track))
    # Somewhere within each fade, for that is where it changes.
    assert len(found) == 3
    assert found[0] == 0
    assert 7 <= found[1] <= 9
    assert 15 <= found[2] <= 17


def test_an_event_ends_where_nothing_is_heard_any_more_or_the_next_begins() -> None:
    track = sequence(
        np.array([0.5, 1.0, 3.0]),
        [faded(sine(440, 0.5), 0.001), faded(sine(660, 0.5), 0.001), faded(sine(440, 0.3), 0.001)],
        duration_s=4,
    )
    first, second, third = events_of(track).events
    assert first.end == second.start
    assert second.end / RATE_HZ == pytest.approx(1.5, abs=HOP_S)
    assert third.end / RATE_HZ == pytest.approx(3.3, abs=HOP_S)


def test_cuts_are_made_where_the_sound_is_quiet() -> None:
    track = SEQUENCES["notes that follow at once"]
    loudest = np.abs(track).max()
    for event in events_of(track).events[1:]:
        assert abs(track[event.start]) < 0.1 * loudest


def test_what_follows_sooner_than_the_least_belongs_to_the_event() -> None:
    roll = SEQUENCES["a roll of ten a second"]
    found = events_of(roll, least_s=0.25)
    assert len(found.events) < 10
    assert np.diff(starts_s(found)).min() >= 0.25 - 0.003


def test_a_click_is_as_long_as_the_least() -> None:
    track = np.zeros(RATE_HZ)
    track[RATE_HZ // 2] = 0.9
    (event,) = events_of(track, least_s=0.2).events
    assert (event.end - event.start) / RATE_HZ == pytest.approx(0.2, abs=0.01)


def test_of_too_many_events_the_clearest_are_kept_and_the_others_are_counted() -> None:
    loud, soft = [drum(i) for i in range(6)], [drum(i, peak=0.005) for i in range(6)]
    floor = noise(10, peak=0.0005, seed=9)
    loud_s, soft_s = 0.5 + 1.5 * np.arange(6), 1.25 + 1.5 * np.arange(6)
    track = floor + sequence(loud_s, loud, duration_s=10) + sequence(soft_s, soft, duration_s=10)
    everything, some = events_of(track), events_of(track, most=7)
    assert len(everything.events) == everything.n_found == some.n_found == 13  # and the floor before them
    assert len(some.events) == 7
    assert starts_s(some)[1:] == pytest.approx(loud_s, abs=HOP_S)
    # What was dropped goes on with the event before.
    assert some.events[1].end == some.events[2].start


def test_it_makes_no_difference_how_the_sound_arrives() -> None:
    track = SEQUENCES["drums at irregular times"]
    assert events_of(track) == events_of(track, block=1000) == events_of(track, block=len(track))
