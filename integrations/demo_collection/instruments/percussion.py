"""Small percussion: wood, metal and skin struck by hand, and what is shaken or scraped."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from integrations.demo_collection.instruments.drums import tom
from integrations.demo_collection.recipe import Recipe
from integrations.demo_collection.signals import (
    Signal,
    bandpass,
    burst,
    fade,
    filtered,
    harmonics,
    highpass,
    modes,
    noise,
    normalised,
    phase,
    placed,
    swell,
)


def block(
    rng: np.random.Generator, *, pitch_hz: float, decay_s: float = 0.035, hollow: float = 0.5
) -> Signal:
    """Strike a piece of wood: two or three short modes."""
    duration_s = decay_s * 8
    partials = [
        (pitch_hz, 1, decay_s),
        (pitch_hz * 2.42, hollow, decay_s * 0.5),
        (pitch_hz * 4.1, hollow * 0.4, decay_s * 0.25),
    ]
    tick = burst(duration_s, tau_s=0.0015, gain=highpass(3000), rng=rng)
    return modes(duration_s, partials=partials, rng=rng) + 0.4 * tick


def cowbell(rng: np.random.Generator, *, pitch_hz: float, decay_s: float = 0.12) -> Signal:
    """Let two rough tones a wide fifth apart ring through a band."""
    duration_s = decay_s * 6
    odd = (1, 0, 1 / 3, 0, 1 / 5, 0, 1 / 7)
    tones = harmonics(phase(pitch_hz, duration_s=duration_s), amplitudes=odd)
    tones += harmonics(phase(pitch_hz * 1.48, duration_s=duration_s), amplitudes=odd)
    tones *= 0.6 * fade(duration_s, tau_s=decay_s) + 0.4 * fade(duration_s, tau_s=0.015)
    return filtered(tones, gain=bandpass(pitch_hz * 2.6, octaves=2.5))


def shaker(rng: np.random.Generator, *, centre_hz: float, strokes: int = 2, stroke_s: float = 0.13) -> Signal:
    """Shake grains to and fro."""
    hits = []
    for stroke in range(strokes):
        length_s = stroke_s * 0.9
        grains = filtered(noise(length_s, rng=rng), gain=bandpass(centre_hz, octaves=1.6))
        shape = swell(length_s, attack_s=length_s * 0.45, release_s=length_s * 0.5)
        hits.append((stroke * stroke_s, normalised(grains) * shape * (1.0 if stroke % 2 == 0 else 0.6)))
    return placed(strokes * stroke_s + 0.02, hits=hits)


def jingle(rng: np.random.Generator, *, lowest_hz: float, shakes: int = 1, decay_s: float = 0.09) -> Signal:
    """Shake little bells or plates: dozens of short high partials, scattered in time."""
    hits = []
    for shake in range(shakes):
        for _ in range(14):
            partials = [
                (float(lowest_hz * rng.uniform(1, 2.6)), float(rng.uniform(0.3, 1)), decay_s)
                for _ in range(3)
            ]
            start_s = shake * 0.16 + float(rng.exponential(0.018))
            hits.append((start_s, modes(decay_s * 5, partials=partials, rng=rng)))
    return placed(shakes * 0.16 + decay_s * 5, hits=hits)


def triangle(rng: np.random.Generator, *, pitch_hz: float, decay_s: float) -> Signal:
    """Strike a bent steel rod."""
    ratios = (1, 1.79, 2.71, 3.93, 5.12, 6.4)
    partials = [
        (pitch_hz * ratio, 1 / (1 + index * 0.4), decay_s / (1 + index * 0.3))
        for index, ratio in enumerate(ratios)
    ]
    return modes(decay_s * 4.5, partials=partials, rng=rng)


def guiro(rng: np.random.Generator, *, centre_hz: float, ridges: int, length_s: float) -> Signal:
    """Scrape a stick over ridges, faster towards the end."""
    hits = []
    for ridge in range(ridges):
        tick = burst(0.025, tau_s=0.003, gain=bandpass(centre_hz, octaves=1.2), rng=rng)
        hits.append((length_s * (ridge / ridges) ** 0.8, tick * rng.uniform(0.6, 1)))
    return placed(length_s + 0.03, hits=hits)


PERCUSSION = {
    "Woodblock – high": partial(block, pitch_hz=1180),
    "Woodblock – low": partial(block, pitch_hz=760),
    "Temple block – high": partial(block, pitch_hz=640, decay_s=0.06, hollow=0.2),
    "Temple block – low": partial(block, pitch_hz=410, decay_s=0.08, hollow=0.2),
    "Claves": partial(block, pitch_hz=2450, decay_s=0.03, hollow=0.1),
    "Rim shot": partial(block, pitch_hz=480, decay_s=0.018, hollow=1.2),
    "Cowbell – small": partial(cowbell, pitch_hz=587),
    "Cowbell – large": partial(cowbell, pitch_hz=392, decay_s=0.18),
    "Agogo – high": partial(cowbell, pitch_hz=920, decay_s=0.16),
    "Agogo – low": partial(cowbell, pitch_hz=690, decay_s=0.16),
    "Shaker – fine": partial(shaker, centre_hz=8500),
    "Shaker – coarse": partial(shaker, centre_hz=4200, stroke_s=0.17),
    "Maraca": partial(shaker, centre_hz=6000, strokes=1, stroke_s=0.09),
    "Cabasa": partial(shaker, centre_hz=7200, strokes=4, stroke_s=0.09),
    "Tambourine – hit": partial(jingle, lowest_hz=5200),
    "Tambourine – shaken": partial(jingle, lowest_hz=5200, shakes=4, decay_s=0.06),
    "Sleigh bells": partial(jingle, lowest_hz=3600, shakes=3, decay_s=0.14),
    "Triangle – open": partial(triangle, pitch_hz=1950, decay_s=0.7),
    "Triangle – damped": partial(triangle, pitch_hz=1950, decay_s=0.05),
    "Finger cymbal": partial(triangle, pitch_hz=2700, decay_s=0.45),
    "Guiro – long": partial(guiro, centre_hz=2900, ridges=34, length_s=0.42),
    "Guiro – short": partial(guiro, centre_hz=3300, ridges=12, length_s=0.11),
    "Conga – open": partial(tom, pitch_hz=196, decay_s=0.13, bend=1.08),
    "Conga – low": partial(tom, pitch_hz=147, decay_s=0.16, bend=1.08),
    "Bongo – high": partial(tom, pitch_hz=392, decay_s=0.06, bend=1.12),
    "Bongo – low": partial(tom, pitch_hz=294, decay_s=0.08, bend=1.12),
}


def recipes() -> Iterator[Recipe]:
    for title, make in PERCUSSION.items():
        yield Recipe(f"Drums/Percussion/{title}.wav", make)
