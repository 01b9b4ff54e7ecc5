"""Mallets, bells and keys: bodies with modes of their own, and frequency modulation (Chowning 1973)."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from integrations.demo_collection.recipe import Make, Play, Recipe
from integrations.demo_collection.signals import (
    SAMPLE_RATE_HZ,
    Signal,
    burst,
    fade,
    harmonics,
    highpass,
    in_room,
    modes,
    normalised,
    note_hz,
    phase,
    times,
)

Partials = tuple[tuple[float, float, float], ...]

# (ratio to the strike tone, amplitude, share of the decay)
MARIMBA: Partials = ((1, 1, 1), (3.93, 0.35, 0.3), (9.2, 0.12, 0.12))
VIBRAPHONE: Partials = ((1, 1, 1), (4.0, 0.25, 0.6), (10.1, 0.08, 0.2))
GLOCKENSPIEL: Partials = ((1, 1, 1), (2.76, 0.5, 0.7), (5.4, 0.3, 0.45), (8.93, 0.15, 0.25))
KALIMBA: Partials = ((1, 1, 1), (5.42, 0.18, 0.2), (6.27, 0.1, 0.15), (2.0, 0.06, 0.6))
CHURCH_BELL: Partials = (
    (0.5, 0.55, 1.3), (1, 0.7, 1), (1.19, 0.6, 0.9), (1.5, 0.3, 0.6), (2, 0.7, 0.55),
    (2.51, 0.25, 0.35), (2.66, 0.25, 0.3), (3.01, 0.3, 0.3), (4.1, 0.25, 0.2), (5.4, 0.15, 0.12),
)  # fmt: skip
TUBULAR_BELL: Partials = (
    (0.5, 0.2, 1),
    (1, 0.8, 1),
    (1.56, 0.5, 0.8),
    (2.25, 0.6, 0.6),
    (3.06, 0.4, 0.45),
    (4, 0.3, 0.3),
)
GAMELAN: Partials = ((1, 1, 1), (1.007, 0.8, 1), (2.71, 0.4, 0.5), (2.74, 0.3, 0.5), (4.9, 0.25, 0.3))
GLASS: Partials = ((1, 1, 1), (2.32, 0.4, 0.5), (4.25, 0.25, 0.3), (6.63, 0.12, 0.2))


def struck(
    rng: np.random.Generator,
    *,
    pitch_hz: float,
    body: Partials,
    decay_s: float,
    knock: float = 0.2,
    tremolo_hz: float = 0,
) -> Signal:
    """Strike a body of known modes; higher notes ring shorter."""
    tau_s = decay_s * (440 / pitch_hz) ** 0.35
    duration_s = min(5.0, tau_s * 4.5)
    partials = [(pitch_hz * ratio, amplitude, tau_s * share) for ratio, amplitude, share in body]
    ringing = normalised(modes(duration_s, partials=partials, rng=rng))
    mallet = burst(duration_s, tau_s=0.004, gain=highpass(700), rng=rng)
    if tremolo_hz:
        ringing = ringing * (0.75 + 0.25 * np.cos(2 * np.pi * tremolo_hz * times(duration_s)))
    return ringing + knock * mallet


def fm_bell(
    rng: np.random.Generator, *, pitch_hz: float, ratio: float = 1.4, index: float = 6, decay_s: float = 0.9
) -> Signal:
    """Modulate one sine by another at an odd ratio, ever less, so that it ends as a pure tone."""
    duration_s = decay_s * 4
    envelope = fade(duration_s, tau_s=decay_s)
    modulator = index * envelope * np.sin(phase(pitch_hz * ratio, duration_s=duration_s) + rng.random())
    return envelope * np.sin(phase(pitch_hz, duration_s=duration_s) + modulator)


def electric_piano(rng: np.random.Generator, *, pitch_hz: float, duration_s: float = 1.8) -> Signal:
    """Play a tine at fourteen times the pitch over a warm body, both by frequency modulation."""
    t = times(duration_s)
    angle = phase(pitch_hz * rng.uniform(0.999, 1.001), duration_s=duration_s)
    tine_index = 0.9 * np.exp(-t / 0.12) if pitch_hz * 15 < 0.45 * SAMPLE_RATE_HZ else 0.0
    body = np.sin(angle + 0.9 * np.exp(-t / 0.6) * np.sin(angle))
    tine = np.sin(angle + tine_index * np.sin(14 * angle))
    release = np.clip((duration_s - t) / 0.15, 0, 1)
    return (0.7 * body + 0.4 * tine) * np.exp(-t / 0.9) * release


def organ(
    rng: np.random.Generator, *, pitch_hz: float, drawbars: tuple[float, ...], duration_s: float = 1.6
) -> Signal:
    """Hold a chord-free organ tone: drawbars are the amplitudes of the sub-octave's harmonics."""
    t = times(duration_s)
    vibrato = 1 + 0.004 * np.sin(2 * np.pi * 6.4 * t + rng.random() * 6)
    tone = harmonics(phase(pitch_hz / 2 * vibrato, duration_s=duration_s), amplitudes=drawbars)
    return tone * np.clip(t / 0.008, 0, 1) * np.clip((duration_s - t) / 0.06, 0, 1)


_MALLETS: dict[str, tuple[Play, tuple[str, ...]]] = {
    "Marimba": (partial(struck, body=MARIMBA, decay_s=0.22), ("C3", "G3", "C4", "A4")),
    "Vibraphone": (
        partial(struck, body=VIBRAPHONE, decay_s=1.0, knock=0.05, tremolo_hz=5.2),
        ("F3", "C4", "E4", "B4"),
    ),
    "Glockenspiel": (partial(struck, body=GLOCKENSPIEL, decay_s=0.9, knock=0.1), ("G5", "C6", "E6")),
    "Kalimba": (partial(struck, body=KALIMBA, decay_s=0.4), ("C4", "E4", "G4", "D5")),
    "Glass": (partial(struck, body=GLASS, decay_s=0.6, knock=0.02), ("A4", "E5", "B5")),
    "Gamelan": (partial(struck, body=GAMELAN, decay_s=1.1), ("D4", "F♯4", "A4")),
}

_BELLS: dict[str, tuple[Play, tuple[str, ...]]] = {
    "Church bell": (partial(struck, body=CHURCH_BELL, decay_s=1.3), ("E3", "A3", "C4")),
    "Tubular bell": (partial(struck, body=TUBULAR_BELL, decay_s=1.1), ("F3", "B♭3", "D4")),
    "Crystal bell": (fm_bell, ("C5", "G5", "E6")),
    "Strange bell": (partial(fm_bell, ratio=3.53, index=3), ("A3", "D4", "G4")),
}

_KEYS: dict[str, tuple[Play, tuple[str, ...]]] = {
    "Electric piano": (electric_piano, ("C3", "F3", "A♭3", "C4", "E♭4", "G4")),
    "Organ flute": (partial(organ, drawbars=(0.6, 1, 0, 0.4)), ("C3", "G3", "C4")),
    "Organ full": (partial(organ, drawbars=(0.7, 1, 0.6, 0.7, 0, 0.5, 0, 0.6)), ("C3", "F3", "A3")),
}


def recipes() -> Iterator[Recipe]:
    for folder, instruments, room_s in (
        ("Mallets", _MALLETS, 0.8),
        ("Bells", _BELLS, 1.2),
        ("Keys", _KEYS, 0.5),
    ):
        for title, (make, notes) in instruments.items():
            for note in notes:
                played = partial(make, pitch_hz=note_hz(note))
                yield Recipe(f"{folder}/{title} {note}.flac", partial(_in_hall, make=played, decay_s=room_s))


def _in_hall(rng: np.random.Generator, *, make: Make, decay_s: float) -> Signal:
    return in_room(normalised(make(rng)), decay_s=decay_s, wet=0.15, rng=rng)
