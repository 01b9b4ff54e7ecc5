"""Rhythms with a known truth: click tracks, played metres, and drum loops whose length tells their tempo."""

import numpy as np
import pytest
import soundfile

from services.audio_analyzer.analysis import analyze_file
from services.audio_analyzer.rhythm import Rhythm
from services.audio_analyzer.tests.conftest import HASH, REAL_SOUNDS, clicks, noise, times_s
from services.audio_analyzer.tests.test_rhythm import RATE_HZ, rhythm_of

TOLERANCE = 0.005


def kick() -> np.ndarray:
    t = times_s(0.25, RATE_HZ)
    return 0.6 * np.sin(2 * np.pi * (50 * t + 1.2 * (1 - np.exp(-t / 0.03)))) * np.exp(-t / 0.08)


def snare() -> np.ndarray:
    t = times_s(0.2, RATE_HZ)
    rattle = noise(0.2, peak=0.2, seed=1, rate_hz=RATE_HZ) * np.exp(-t / 0.06)
    return rattle + 0.2 * np.sin(2 * np.pi * 190 * t) * np.exp(-t / 0.05)


def hat() -> np.ndarray:
    t = times_s(0.06, RATE_HZ)
    return np.diff(noise(0.06, peak=0.06, seed=2, rate_hz=RATE_HZ), prepend=0) * np.exp(-t / 0.015)


# Steps a beat, and which of them of one bar each drum plays.
METRES = {
    "rock": (2, {kick: "x...x...", snare: "..x...x.", hat: "xxxxxxxx"}),
    "four on the floor": (2, {kick: "x.x.x.x.", hat: ".x.x.x.x"}),
    "sixteenths": (4, {kick: "x...x...x...x...", snare: "....x.......x...", hat: "x.x.x.x.x.x.x.x."}),
    "3/4": (2, {kick: "x.....", snare: "..x.x.", hat: "xxxxxx"}),
    "6/8": (3, {kick: "x.....", snare: "...x..", hat: "xxxxxx"}),
    "swing": (3, {kick: "x.....x.....", snare: "...x.....x..", hat: "x..x.xx..x.x"}),
    "shuffle": (3, {kick: "x.....x.....", snare: "...x.....x..", hat: "x.xx.xx.xx.x"}),
}


def played(metre: str, bpm: float, n_bars: int) -> np.ndarray:
    """Give drums at the analysis rate, over a little noise."""
    steps_a_beat, drums = METRES[metre]
    step_s = 60 / bpm / steps_a_beat
    n_steps = n_bars * len(next(iter(drums.values())))
    track = noise(n_steps * step_s + 1, peak=0.003, rate_hz=RATE_HZ)
    for drum, pattern in drums.items():
        hit = drum()
        for step in range(n_steps):
            if pattern[step % len(pattern)] == "x":
                start = round(step * step_s * RATE_HZ)
                track[start : start + len(hit)] += hit
    return track[: round(n_steps * step_s * RATE_HZ)]


def tempi(rhythm: Rhythm) -> list[float]:
    return [rhythm.descriptors["bpm"] or 0.0, *(other.bpm for other in rhythm.alternatives)]


@pytest.mark.parametrize("bpm", range(40, 250, 10))
def test_the_tempo_of_a_click_track_is_found_or_told_as_an_octave(bpm):
    found = tempi(rhythm_of(clicks(bpm, 10, rate_hz=RATE_HZ)))
    assert any(tempo == pytest.approx(bpm, rel=TOLERANCE) for tempo in found)
    assert abs(np.log2(found[0] / bpm) - round(np.log2(found[0] / bpm))) < TOLERANCE
    if 70 <= bpm <= 180:
        assert found[0] == pytest.approx(bpm, rel=TOLERANCE)


@pytest.mark.parametrize("n_bars", [2, 4])
@pytest.mark.parametrize("metre", METRES)
def test_the_tempo_of_common_metres_is_found(metre, n_bars):
    for bpm in (85, 100, 115, 130, 145):
        rhythm = rhythm_of(played(metre, bpm, n_bars))
        assert tempi(rhythm)[0] == pytest.approx(bpm, rel=TOLERANCE), bpm
        beats = np.array(rhythm.beats_s)
        n_beats = n_bars * len(next(iter(METRES[metre][1].values()))) / METRES[metre][0]
        assert len(beats) >= n_beats - 1, bpm
        np.testing.assert_allclose(beats, np.rint(beats * bpm / 60) * 60 / bpm, atol=0.025, err_msg=str(bpm))


@pytest.mark.parametrize("metre", METRES)
def test_very_slow_and_very_fast_metres_are_found_or_told_as_an_alternative(metre):
    for bpm in (70, 160, 170, 180):
        found = tempi(rhythm_of(played(metre, bpm, 4)))
        assert any(tempo == pytest.approx(bpm, rel=TOLERANCE) for tempo in found), bpm


# A loop lasts a whole number of bars, so that its length and the count of its beats give its tempo.
BEATS_OF_LOOPS = {
    "loop_amen": 4,
    "loop_amen_full": 16,
    "loop_breakbeat": 4,
    "loop_compus": 16,
    "loop_electric": 4,
    "loop_garzul": 16,
    "loop_mehackit2": 4,
    "loop_mika": 16,
    "loop_safari": 16,
    "loop_tabla": 16,
}


@pytest.mark.parametrize("name", BEATS_OF_LOOPS)
def test_real_loops_have_their_tempo(name):
    path = REAL_SOUNDS / f"{name}.flac"
    document, _ = analyze_file(path, content_hash=HASH)
    expected = 60 * BEATS_OF_LOOPS[name] / soundfile.info(path).duration
    assert document.descriptors["bpm"] == pytest.approx(expected, rel=TOLERANCE)


@pytest.mark.parametrize(
    "name",
    ["ambi_drone", "ambi_glass_hum", "ambi_haunted_hum", "loop_drone_g_97", "vinyl_hiss", "misc_cineboom"],
)
def test_real_drones_and_noises_have_no_tempo(name):
    document, _ = analyze_file(REAL_SOUNDS / f"{name}.flac", content_hash=HASH)
    assert document.descriptors["bpm"] is None
    assert document.beats_s == document.bpm_alternatives == ()


def test_wavering_noises_have_no_tempo():
    for seed in range(8):
        slow = np.interp(times_s(8, RATE_HZ), np.arange(9), np.random.default_rng(seed).uniform(0.2, 1, 9))
        assert rhythm_of(slow * noise(8, seed=seed, rate_hz=RATE_HZ)).descriptors["bpm"] is None
