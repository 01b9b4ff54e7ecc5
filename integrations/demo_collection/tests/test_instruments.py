"""Instruments do what their parameters say: pitch, decay, brightness, tempo."""

from functools import partial

import numpy as np
import pytest

from integrations.demo_collection.instruments.drums import kick, snare, tom
from integrations.demo_collection.instruments.effects import sweep, whoosh
from integrations.demo_collection.instruments.loops import beat
from integrations.demo_collection.instruments.mallets import MARIMBA, electric_piano, fm_bell, organ, struck
from integrations.demo_collection.instruments.metals import hat
from integrations.demo_collection.instruments.nature import coloured
from integrations.demo_collection.instruments.pads import pad
from integrations.demo_collection.instruments.strings import string, sub_bass, synth_bass
from integrations.demo_collection.instruments.voices import sing
from integrations.demo_collection.signals import SAMPLE_RATE_HZ, n_samples, note_hz


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def magnitude(sound: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    flat = sound if sound.ndim == 1 else sound.mean(axis=1)
    padded = np.fft.rfft(flat * np.hanning(len(flat)), 1 << 19)
    return np.fft.rfftfreq(1 << 19, 1 / SAMPLE_RATE_HZ), np.abs(padded)


def centroid_hz(sound: np.ndarray) -> float:
    frequencies, level = magnitude(sound)
    return float((frequencies * level**2).sum() / (level**2).sum())


def strongest_near_hz(sound: np.ndarray, pitch_hz: float) -> float:
    frequencies, level = magnitude(sound)
    near = (frequencies > pitch_hz * 0.94) & (frequencies < pitch_hz * 1.06)
    return float(frequencies[near][np.argmax(level[near])])


def cents(measured_hz: float, expected_hz: float) -> float:
    return abs(1200 * np.log2(measured_hz / expected_hz))


def ringing_s(sound: np.ndarray) -> float:
    """Give the time by which nine tenths of the energy are over."""
    energy = np.cumsum(sound**2)
    return float(np.searchsorted(energy, 0.9 * energy[-1])) / SAMPLE_RATE_HZ


@pytest.mark.parametrize("note", ["E2", "A2", "D3", "G3", "B♭3", "E4", "C5", "F♯5"])
@pytest.mark.parametrize(
    "play",
    [
        partial(string, damping=0.3),
        partial(struck, body=MARIMBA, decay_s=0.3),
        fm_bell,
        electric_piano,
        partial(organ, drawbars=(0.3, 1)),
        partial(sing, vowels=("ah",), vibrato=0),
    ],
    ids=["string", "marimba", "bell", "electric piano", "organ", "voice"],
)
def test_notes_are_in_tune(play, note: str) -> None:
    assert cents(strongest_near_hz(play(rng(), pitch_hz=note_hz(note)), note_hz(note)), note_hz(note)) < 6


@pytest.mark.parametrize("note", ["E1", "A1", "D2"])
@pytest.mark.parametrize("play", [synth_bass, sub_bass], ids=["synth", "sub"])
def test_basses_are_in_tune(play, note: str) -> None:
    assert cents(strongest_near_hz(play(rng(), pitch_hz=note_hz(note)), note_hz(note)), note_hz(note)) < 8


def test_pad_sounds_its_chord_in_stereo() -> None:
    sound = pad(rng(), notes="A3 E4", cents=5)
    for note in ("A3", "E4"):
        assert cents(strongest_near_hz(sound, note_hz(note)), note_hz(note)) < 20
    assert abs(np.corrcoef(sound.T)[0, 1]) < 0.5


@pytest.mark.parametrize(
    ("dark", "bright"),
    [
        (
            partial(string, pitch_hz=220, brightness_hz=800),
            partial(string, pitch_hz=220, brightness_hz=9000),
        ),
        (partial(coloured, db_per_octave=-6), partial(coloured, db_per_octave=3)),
        (partial(hat, decay_s=0.05, edge_hz=4000), partial(hat, decay_s=0.05, edge_hz=9000)),
        (partial(sing, vowels=("oo",), pitch_hz=150), partial(sing, vowels=("ah",), pitch_hz=150)),
        (partial(snare, pitch_hz=200, wires_hz=1800), partial(snare, pitch_hz=200, wires_hz=7000)),
        (partial(pad, notes="C3", bright=2.5, dark=3), partial(pad, notes="C3", bright=0.8, dark=1.2)),
    ],
    ids=["string", "noise", "hat", "voice", "snare", "pad"],
)
def test_brightness_is_heard(dark, bright) -> None:
    heard = slice(0, n_samples(0.5))
    assert centroid_hz(bright(rng())[heard]) > 1.15 * centroid_hz(dark(rng())[heard])


@pytest.mark.parametrize(
    "play", [partial(kick, pitch_hz=50), partial(tom, pitch_hz=120), partial(snare, pitch_hz=200), hat]
)
def test_decay_is_heard(play) -> None:
    assert ringing_s(play(rng(), decay_s=0.3)) > 2 * ringing_s(play(rng(), decay_s=0.05))


def test_kick_falls_to_its_pitch() -> None:
    sound = kick(rng(), pitch_hz=50, decay_s=0.4, drive=0.5, click=0)
    assert cents(strongest_near_hz(sound[n_samples(0.2) :], 50), 50) < 60


def test_riser_rises_and_gets_louder() -> None:
    sound = sweep(rng(), from_hz=200, to_hz=8000, duration_s=2)
    half = len(sound) // 2
    assert centroid_hz(sound[half:]) > 2 * centroid_hz(sound[:half])
    assert sound[half:].std() > 2 * sound[:half].std()


def test_whoosh_passes_from_left_to_right() -> None:
    sound = whoosh(rng(), centre_hz=1000)
    half = len(sound) // 2
    assert sound[:half, 0].std() > sound[:half, 1].std() and sound[half:, 0].std() < sound[half:, 1].std()


def test_beat_strikes_where_its_pattern_says() -> None:
    sound = beat(rng(), tempo_bpm=120, swing=0, rows={"rim": "x.......x......."}, n_bars=1)
    assert len(sound) == n_samples(2)
    strikes = [np.abs(step).max() for step in np.array_split(np.roll(sound, 20), 16)]
    assert set(np.flatnonzero(np.array(strikes) > 0.3)) == {0, 8}
