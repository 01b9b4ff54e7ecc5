"""Risers, falls, impacts, zaps and glitches."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from integrations.demo_collection.recipe import Recipe
from integrations.demo_collection.signals import (
    SAMPLE_RATE_HZ,
    Signal,
    bandpass,
    burst,
    fade,
    filtered,
    in_room,
    lowpass,
    n_samples,
    noise,
    normalised,
    phase,
    placed,
    saturated,
    sine,
    times,
)


def sweep(
    rng: np.random.Generator,
    *,
    from_hz: float,
    to_hz: float,
    duration_s: float = 3,
    air: float = 0.7,
    tone: float = 0.5,
) -> Signal:
    """Move a band of noise and a tone through the spectrum, the louder the higher."""
    n_bands = 12
    place = np.linspace(0, n_bands - 1, n_samples(duration_s))
    white = noise(duration_s, rng=rng)
    moving = np.zeros_like(white)
    for band in range(n_bands):
        centre_hz = from_hz * (to_hz / from_hz) ** (band / (n_bands - 1))
        weight = np.clip(1 - np.abs(place - band), 0, 1)
        moving += normalised(filtered(white, gain=bandpass(centre_hz, octaves=1.2))) * np.sqrt(weight)
    t = times(duration_s) / duration_s
    glide = 0.5 * from_hz * (to_hz / from_hz) ** t
    voice = np.tanh(2 * sine(glide, duration_s=duration_s)) * (
        0.6 + 0.4 * np.sin(2 * np.pi * (2 + 14 * t) * t)
    )
    loudness = 0.15 + 0.85 * (t if to_hz > from_hz else 1 - t) ** 1.5
    return (air * normalised(moving) + tone * voice) * loudness


def whoosh(rng: np.random.Generator, *, centre_hz: float, duration_s: float = 0.8) -> Signal:
    """Let something pass from left to right, its pitch falling as it goes. Stereo."""
    t = np.linspace(-1, 1, n_samples(duration_s))
    air = noise(duration_s, rng=rng)
    coming = normalised(filtered(air, gain=bandpass(centre_hz * 1.4, octaves=1.6)))
    leaving = normalised(filtered(air, gain=bandpass(centre_hz * 0.7, octaves=1.6)))
    gone = (np.tanh(3 * t) + 1) / 2
    passing = (coming * (1 - gone) + leaving * gone) * np.exp(-((t / 0.35) ** 2))
    return np.stack([passing * np.sqrt(1 - 0.9 * gone), passing * np.sqrt(0.1 + 0.9 * gone)], axis=1)


def impact(rng: np.random.Generator, *, pitch_hz: float, decay_s: float = 0.9, debris: float = 0.3) -> Signal:
    """Let something heavy fall in a large room. Stereo."""
    duration_s = decay_s * 3
    boom = sine(pitch_hz * (1 + 1.5 * fade(duration_s, tau_s=0.06)), duration_s=duration_s)
    dust = burst(duration_s, tau_s=decay_s * 0.25, gain=lowpass(2500, order=1), rng=rng)
    body = saturated(boom * fade(duration_s, tau_s=decay_s * 0.6), drive=2) + debris * dust
    return in_room(body, decay_s=1.4, wet=0.3, rng=rng)


def zap(
    rng: np.random.Generator, *, from_hz: float, to_hz: float, duration_s: float = 0.3, buzz: float = 0
) -> Signal:
    """Shoot: a tone that falls or rises fast, the more metallic the higher `buzz`."""
    t = times(duration_s) / duration_s
    glide = to_hz + (from_hz - to_hz) * np.exp(-5 * t)
    angle = phase(glide * rng.uniform(0.97, 1.03), duration_s=duration_s)
    return np.sin(angle + buzz * np.sin(1.5 * angle)) * (1 - t) ** 1.5


def blips(
    rng: np.random.Generator, *, n_steps: int, step_s: float = 0.06, scale: str = "pentatonic"
) -> Signal:
    """Think aloud as computers do in films: short random tones of a scale."""
    semitones = {"pentatonic": (0, 2, 4, 7, 9), "whole": (0, 2, 4, 6, 8, 10), "fifths": (0, 7)}[scale]
    hits = []
    for step in range(n_steps):
        note = rng.choice(semitones) + 12 * rng.integers(0, 2)
        tone = np.tanh(2.5 * sine(520 * 2 ** (note / 12), duration_s=step_s)) * fade(
            step_s, tau_s=step_s / 2.5
        )
        hits.append((step * step_s, tone))
    return placed(n_steps * step_s + 0.05, hits=hits)


def stutter(rng: np.random.Generator, *, grain_s: float, n_grains: int, rate: float = 0.97) -> Signal:
    """Repeat a grain of noise and tone, faster or slower each time."""
    grain = 0.5 * noise(grain_s, rng=rng) + sine(float(rng.uniform(200, 900)), duration_s=grain_s)
    grain = grain * fade(grain_s, tau_s=grain_s / 2)
    hits, now_s, gap_s = [], 0.0, grain_s
    for _ in range(n_grains):
        hits.append((now_s, grain))
        now_s += gap_s
        gap_s *= rate
    return placed(now_s + grain_s, hits=hits)


def broken(rng: np.random.Generator, *, bits: int, hold_samples: int, duration_s: float = 0.7) -> Signal:
    """Send a falling chord through a converter of few bits and a low rate."""
    chord = sum(
        sine(f * (1 + 0.3 * fade(duration_s, tau_s=0.2)), duration_s=duration_s) for f in (220, 277, 330, 415)
    )
    held = np.repeat(np.asarray(chord)[::hold_samples], hold_samples)[: n_samples(duration_s)]
    steps = 2.0 ** (bits - 1)
    gate = (rng.random(int(duration_s * 16) + 1) > 0.3)[(times(duration_s) * 16).astype(int)]
    return np.asarray(np.round(normalised(held) * steps) / steps * gate)


def data(rng: np.random.Generator, *, baud: float, low_hz: float = 1200, high_hz: float = 2200) -> Signal:
    """Send random bits as a modem does, by shifting between two tones."""
    duration_s = 0.9
    bits = rng.integers(0, 2, int(duration_s * baud) + 1)[(times(duration_s) * baud).astype(int)]
    return np.sin(phase(np.where(bits == 1, high_hz, low_hz), duration_s=duration_s))


EFFECTS = {
    "Riser – slow": partial(sweep, from_hz=150, to_hz=6000, duration_s=5),
    "Riser – fast": partial(sweep, from_hz=300, to_hz=9000, duration_s=1.8),
    "Riser – airy": partial(sweep, from_hz=400, to_hz=8000, tone=0.05, duration_s=4),
    "Riser – siren": partial(sweep, from_hz=250, to_hz=2600, air=0.15, tone=1),
    "Fall – slow": partial(sweep, from_hz=7000, to_hz=120, duration_s=4),
    "Fall – fast": partial(sweep, from_hz=8000, to_hz=200, duration_s=1.2),
    "Whoosh – light": partial(whoosh, centre_hz=2400, duration_s=0.5),
    "Whoosh – heavy": partial(whoosh, centre_hz=500, duration_s=1.3),
    "Whoosh – sword": partial(whoosh, centre_hz=4500, duration_s=0.3),
    "Impact – deep": partial(impact, pitch_hz=34, decay_s=1.3),
    "Impact – hard": partial(impact, pitch_hz=55, decay_s=0.5, debris=0.8),
    "Impact – distant": partial(impact, pitch_hz=45, debris=0.05),
}

GLITCHES = {
    "Zap – laser": partial(zap, from_hz=5200, to_hz=180),
    "Zap – small": partial(zap, from_hz=2600, to_hz=700, duration_s=0.12),
    "Zap – up": partial(zap, from_hz=200, to_hz=3200, duration_s=0.25),
    "Zap – metal": partial(zap, from_hz=3000, to_hz=150, buzz=4, duration_s=0.45),
    "Zap – dirty": partial(zap, from_hz=900, to_hz=60, buzz=8, duration_s=0.5),
    "Computer – thinking": partial(blips, n_steps=14),
    "Computer – urgent": partial(blips, n_steps=20, step_s=0.035, scale="whole"),
    "Computer – answer": partial(blips, n_steps=4, step_s=0.11, scale="fifths"),
    "Stutter – closing in": partial(stutter, grain_s=0.07, n_grains=20, rate=0.88),
    "Stutter – drifting apart": partial(stutter, grain_s=0.025, n_grains=14, rate=1.15),
    "Stutter – even": partial(stutter, grain_s=0.05, n_grains=10, rate=1),
    "Broken – 3 bits": partial(broken, bits=3, hold_samples=4),
    "Broken – 5 bits": partial(broken, bits=5, hold_samples=16),
    "Broken – 8 kHz": partial(broken, bits=8, hold_samples=SAMPLE_RATE_HZ // 8000),
    "Modem – slow": partial(data, baud=45),
    "Modem – fast": partial(data, baud=300),
}


def recipes() -> Iterator[Recipe]:
    for title, make in EFFECTS.items():
        yield Recipe(f"Effects/{title}.flac", make)
    for title, make in GLITCHES.items():
        yield Recipe(f"Glitches/{title}.wav", make)
