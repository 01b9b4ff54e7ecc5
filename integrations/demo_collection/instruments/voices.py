"""Voices: a buzz like that of the vocal folds, heard through the resonances of a mouth.

Formants are those of Peterson and Barney (1952), averaged over men; a shorter tract raises all of them.
"""

from collections.abc import Iterator
from functools import partial

import numpy as np

from integrations.demo_collection.recipe import Make, Recipe
from integrations.demo_collection.signals import (
    Signal,
    filtered,
    harmonics,
    highpass,
    in_room,
    noise,
    normalised,
    note_hz,
    phase,
    swell,
    times,
)

# The first three formants in Hz.
VOWELS = {
    "ah": (730, 1090, 2440),
    "eh": (530, 1840, 2480),
    "ee": (270, 2290, 3010),
    "oh": (570, 840, 2410),
    "oo": (300, 870, 2240),
}
# (amplitude, bandwidth in Hz) of the formants, and of a fourth at 3.6 kHz.
_RESONANCES = ((1.0, 90.0), (0.6, 110.0), (0.3, 160.0), (0.15, 250.0))


def sing(
    rng: np.random.Generator,
    *,
    vowels: tuple[str, ...],
    pitch_hz: float,
    end_hz: float | None = None,
    tract: float = 1.0,
    duration_s: float = 1.8,
    breath: float = 0.04,
    vibrato: float = 0.008,
) -> Signal:
    """Sing from vowel to vowel, with a pitch that may glide.

    Parameters
    ----------
    tract
        How much higher the formants are than a man's: 1.17 for a woman, 1.35 for a child.
    vibrato
        Its depth, as a fraction of the pitch.
    """
    t = times(duration_s)
    glide = pitch_hz * ((end_hz or pitch_hz) / pitch_hz) ** (t / duration_s)
    wobble = 1 + vibrato * np.sin(2 * np.pi * 5.3 * t + rng.random() * 6) * np.clip(t / 0.5, 0, 1)
    top_hz = max(pitch_hz, end_hz or 0)
    place = np.linspace(0, len(vowels) - 1, len(t))
    amplitudes: list[Signal | float] = []
    for k in range(1, int(5500 / top_hz) + 1):
        levels = [_through_mouth(k * pitch_hz, vowel=vowel, tract=tract) / k for vowel in vowels]
        amplitudes.append(levels[0] if len(vowels) == 1 else np.interp(place, range(len(vowels)), levels))
    tone = harmonics(phase(glide * wobble, duration_s=duration_s), amplitudes=amplitudes)
    air = filtered(noise(duration_s, rng=rng), gain=highpass(2000))
    return (normalised(tone) + breath * air) * swell(duration_s, attack_s=0.12, release_s=0.35)


def whisper(rng: np.random.Generator, *, vowel: str, tract: float = 1.0, duration_s: float = 1.1) -> Signal:
    """Breathe a vowel without voice."""
    heard = filtered(noise(duration_s, rng=rng), gain=lambda f: _through_mouth(f, vowel=vowel, tract=tract))
    return heard * swell(duration_s, attack_s=0.2, release_s=0.5)


def _through_mouth(frequency_hz: Signal | float, *, vowel: str, tract: float) -> Signal:
    """Give the gain of the mouth at a frequency."""
    formants = (*VOWELS[vowel], 3600)
    gain = np.zeros_like(np.asarray(frequency_hz, dtype=float))
    for formant_hz, (amplitude, width_hz) in zip(formants, _RESONANCES, strict=True):
        gain = gain + amplitude / (1 + ((frequency_hz - formant_hz * tract) / width_hz) ** 2)
    return gain


_SINGERS = {
    "Bass": ("A2", 0.95),
    "Tenor": ("E3", 1.0),
    "Alto": ("A3", 1.17),
    "Child": ("E4", 1.35),
}

_GLIDES = {
    "Oh-ah rising": partial(sing, vowels=("oh", "ah"), pitch_hz=140, end_hz=220),
    "Ee-oo falling": partial(sing, vowels=("ee", "oo"), pitch_hz=260, end_hz=150, tract=1.17),
    "Wow": partial(sing, vowels=("oo", "ah", "oo"), pitch_hz=150, end_hz=130, duration_s=0.9, vibrato=0),
    "Yeah": partial(sing, vowels=("ee", "eh", "ah"), pitch_hz=190, end_hz=160, duration_s=0.8, vibrato=0),
    "Why": partial(sing, vowels=("oo", "ah", "ee"), pitch_hz=170, end_hz=210, duration_s=0.9, vibrato=0),
    "Robot": partial(
        sing, vowels=("ah", "ee", "oh", "eh"), pitch_hz=110, breath=0, vibrato=0, duration_s=2.2
    ),
    "Overtones": partial(
        sing, vowels=("oo", "oh", "ah", "eh", "ee"), pitch_hz=98, duration_s=5, vibrato=0.002
    ),
}


def recipes() -> Iterator[Recipe]:
    for singer, (note, tract) in _SINGERS.items():
        for vowel in VOWELS:
            make = partial(sing, vowels=(vowel,), pitch_hz=note_hz(note), tract=tract)
            yield Recipe(f"Voices/{singer} {vowel} {note}.flac", partial(_in_hall, make=make))
    for title, make in _GLIDES.items():
        yield Recipe(f"Voices/{title}.flac", partial(_in_hall, make=make))
    for vowel in ("ah", "ee", "oo"):
        yield Recipe(f"Voices/Whisper {vowel}.flac", partial(whisper, vowel=vowel, tract=1.1))


def _in_hall(rng: np.random.Generator, *, make: Make) -> Signal:
    return in_room(normalised(make(rng)), decay_s=0.9, wet=0.15, rng=rng)
