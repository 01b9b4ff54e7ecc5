"""Plucked strings and basses.

The string is that of Karplus and Strong (Computer Music Journal 7/2, 1983), with a symmetric loop filter
whose delay is known and a linear interpolation for the rest of the period, so that it is in tune. One
period is computed at once.
"""

from collections.abc import Iterator
from functools import partial

import numpy as np

from integrations.demo_collection.recipe import Play, Recipe
from integrations.demo_collection.signals import (
    SAMPLE_RATE_HZ,
    Signal,
    bandpass,
    fade,
    filtered,
    harmonics,
    in_room,
    lowpass,
    n_samples,
    noise,
    normalised,
    note_hz,
    phase,
    saturated,
    sine,
)


def string(
    rng: np.random.Generator,
    *,
    pitch_hz: float,
    duration_s: float = 2.0,
    brightness_hz: float = 5000,
    damping: float = 0.5,
    loss: float = 0.003,
    pluck_at: float = 0.2,
) -> Signal:
    """Pluck a string.

    Parameters
    ----------
    brightness_hz
        What the finger or plectrum excites.
    damping
        How much faster high partials die, 0 … 1.
    loss
        What the string loses in each period.
    pluck_at
        Where it is plucked, as a fraction of its length: what has a node there is missing.
    """
    period = SAMPLE_RATE_HZ / pitch_hz
    delay = int(period - 1)
    rest = period - 1 - delay
    loop = (1 - loss) * np.convolve([damping / 2, 1 - damping, damping / 2], [1 - rest, rest])
    n = n_samples(duration_s)
    out = np.zeros(n + delay + len(loop))
    burst = normalised(filtered(noise((delay + 4) / SAMPLE_RATE_HZ, rng=rng), gain=lowpass(brightness_hz)))
    burst = burst - np.roll(burst, max(1, round(pluck_at * delay)))
    begin = len(loop) + delay
    out[: len(burst[:begin])] = burst[:begin]
    for start in range(begin, len(out), delay):
        end = min(start + delay, len(out))
        past = out[start - delay - len(loop) + 1 : end - delay]
        out[start:end] = np.convolve(past, loop, mode="valid")
    return out[begin:]


def synth_bass(
    rng: np.random.Generator,
    *,
    pitch_hz: float,
    duration_s: float = 1.2,
    n_harmonics: int = 24,
    odd_only: bool = False,
    closing_s: float = 0.25,
    drive: float = 1.0,
) -> Signal:
    """Play a saw or square whose filter closes: the k-th harmonic dies k times as fast, down to a floor."""
    t = np.arange(n_samples(duration_s)) / SAMPLE_RATE_HZ
    opening = np.exp(-t / closing_s)
    amplitudes: list[Signal | float] = []
    for k in range(1, n_harmonics + 1):
        silent = (odd_only and k % 2 == 0) or k * pitch_hz > 0.4 * SAMPLE_RATE_HZ
        amplitudes.append(0.0 if silent else opening ** (0.35 * (k - 1)) / k)
    tone = harmonics(phase(pitch_hz, duration_s=duration_s) + rng.random(), amplitudes=amplitudes)
    gate = np.clip((duration_s - t) / 0.08, 0, 1) * np.clip(t / 0.004, 0, 1)
    return saturated(tone, drive=drive) * gate


def sub_bass(
    rng: np.random.Generator, *, pitch_hz: float, decay_s: float = 0.6, warmth: float = 0.8
) -> Signal:
    """Play a sine with a little drop at its start, warmed so that small speakers can play its octaves."""
    duration_s = decay_s * 3
    drop = pitch_hz * (1 + 0.6 * fade(duration_s, tau_s=0.012)) * rng.uniform(0.998, 1.002)
    return saturated(sine(drop, duration_s=duration_s), drive=warmth) * fade(duration_s, tau_s=decay_s)


def wobble_bass(
    rng: np.random.Generator, *, pitch_hz: float, rate_hz: float = 4, duration_s: float = 1.5
) -> Signal:
    """Open and close a filter over a saw, `rate_hz` times a second."""
    t = np.arange(n_samples(duration_s)) / SAMPLE_RATE_HZ
    opening = 0.5 - 0.5 * np.cos(2 * np.pi * rate_hz * t)
    amplitudes = [(0.25 + 0.7 * opening) ** (0.5 * k) / (k + 1) for k in range(22)]
    voices = sum(
        harmonics(phase(pitch_hz * detune, duration_s=duration_s) + rng.random() * 6, amplitudes=amplitudes)
        for detune in (0.996, 1.004)
    )
    return saturated(np.asarray(voices), drive=2.5)


_PLUCKS: dict[str, tuple[Play, tuple[str, ...]]] = {
    "Nylon": (partial(string, brightness_hz=2600, damping=0.45), ("E2", "A2", "D3", "G3", "B3", "E4")),
    "Steel": (
        partial(string, brightness_hz=9000, damping=0.12, pluck_at=0.12),
        ("E2", "A2", "D3", "G3", "B3", "E4"),
    ),
    "Harp": (
        partial(string, brightness_hz=4000, damping=0.3, pluck_at=0.45, duration_s=2.6),
        ("C3", "G3", "C4", "E♭4", "G4", "C5", "F♯5"),
    ),
    "Koto": (
        partial(string, brightness_hz=7000, damping=0.2, pluck_at=0.06),
        ("D3", "A3", "B♭3", "D4", "E♭4", "A4"),
    ),
    "Muted": (
        partial(string, brightness_hz=2000, damping=0.8, loss=0.06, duration_s=0.7),
        ("C3", "E3", "G3", "C4"),
    ),
    "Clavinet": (
        partial(string, brightness_hz=12000, damping=0.2, loss=0.012, pluck_at=0.03, duration_s=1.2),
        ("C2", "C3", "F3", "C4"),
    ),
}

_BASSES: dict[str, tuple[Play, tuple[str, ...]]] = {
    "Sub": (sub_bass, ("C1", "F1", "A1", "C2")),
    "Saw": (partial(synth_bass, drive=1.2), ("E1", "A1", "D2", "G2")),
    "Square": (partial(synth_bass, odd_only=True, closing_s=0.4), ("E1", "A1", "D2")),
    "Acid": (partial(synth_bass, closing_s=0.09, drive=2.5, duration_s=0.6), ("A1", "C2", "E2", "G2")),
    "Wobble": (wobble_bass, ("E1", "F1", "G1")),
    "Fingered": (
        partial(string, brightness_hz=1200, damping=0.35, pluck_at=0.25, duration_s=1.6),
        ("E1", "A1", "D2", "G2"),
    ),
}


def recipes() -> Iterator[Recipe]:
    for title, (make, notes) in _PLUCKS.items():
        for note in notes:
            yield Recipe(f"Plucks/{title} {note}.flac", partial(_in_body, make=make, pitch_hz=note_hz(note)))
    for title, (bass, notes) in _BASSES.items():
        for note in notes:
            yield Recipe(f"Basses/{title} {note}.flac", partial(bass, pitch_hz=note_hz(note)))


def _in_body(rng: np.random.Generator, *, make: Play, pitch_hz: float) -> Signal:
    """Let the wood of the instrument answer around 200 Hz, and put it into a small room."""
    plucked = make(rng, pitch_hz=pitch_hz)
    plucked = plucked + 0.6 * filtered(plucked, gain=bandpass(210, octaves=1.5))
    return in_room(normalised(plucked), decay_s=0.5, wet=0.12, rng=rng)
