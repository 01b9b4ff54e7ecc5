"""Noises: the coloured ones, and wind, rain, sea, fire and water made from them."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from integrations.demo_collection.recipe import Recipe
from integrations.demo_collection.signals import (
    Signal,
    bandpass,
    fade,
    filtered,
    highpass,
    lowpass,
    n_samples,
    noise,
    normalised,
    placed,
    sine,
    slope,
    swell,
    times,
    wandering,
)


def coloured(rng: np.random.Generator, *, db_per_octave: float, duration_s: float = 3) -> Signal:
    """Give noise whose power changes by so many decibels an octave: -3 is pink, -6 brown, +3 blue."""
    return filtered(noise(duration_s, rng=rng), gain=slope(db_per_octave))


def wind(
    rng: np.random.Generator,
    *,
    centre_hz: float,
    gusts_hz: float = 0.7,
    howl: float = 0.5,
    duration_s: float = 7,
) -> Signal:
    """Let gusts move noise between three bands; the narrow ones howl. Stereo."""
    gusts = wandering(duration_s, rate_hz=gusts_hz, rng=rng)
    sides = []
    for _ in range(2):
        air = noise(duration_s, rng=rng)
        calm = normalised(filtered(air, gain=bandpass(centre_hz * 0.5, octaves=2.5)))
        strong = normalised(filtered(air, gain=bandpass(centre_hz, octaves=2)))
        whistle = normalised(filtered(air, gain=bandpass(centre_hz * 1.7, octaves=0.25)))
        sides.append((0.25 + gusts) * (calm * (1 - gusts) + strong * gusts + howl * whistle * gusts**2))
    return np.stack(sides, axis=1) * swell(duration_s, attack_s=0.8, release_s=1.2)[:, None]


def drops(
    rng: np.random.Generator,
    *,
    per_second: float,
    lowest_hz: float,
    highest_hz: float,
    tau_s: float = 0.004,
    hiss: float = 0.2,
    duration_s: float = 6,
) -> Signal:
    """Let drops fall at random moments, each a short tone of its own, over a bed of finer ones."""
    n_shapes = 24
    length_s = tau_s * 7
    shapes = [
        sine(float(np.exp(rng.uniform(np.log(lowest_hz), np.log(highest_hz)))), duration_s=length_s)
        * fade(length_s, tau_s=tau_s)
        for _ in range(n_shapes)
    ]
    n_drops = rng.poisson(per_second * duration_s)
    hits = [
        (float(rng.uniform(0, duration_s - length_s)), shapes[rng.integers(n_shapes)] * rng.exponential(0.3))
        for _ in range(n_drops)
    ]
    bed = normalised(
        filtered(noise(duration_s, rng=rng), gain=bandpass((lowest_hz * highest_hz) ** 0.5, octaves=4))
    )
    return normalised(placed(duration_s, hits=hits)) + hiss * bed


def waves(
    rng: np.random.Generator, *, period_s: float, pebbles: float = 0.3, duration_s: float = 9
) -> Signal:
    """Let waves come in and draw back: the wash is dark, the crest bright. Stereo."""
    t = times(duration_s)
    crest = (0.5 - 0.5 * np.cos(2 * np.pi * t / period_s + rng.uniform(-0.5, 0.5))) ** 2
    sides = []
    for _ in range(2):
        water = noise(duration_s, rng=rng)
        wash = normalised(filtered(water, gain=lowpass(400, order=1)))
        foam = normalised(filtered(water, gain=bandpass(3000, octaves=4)))
        sides.append(wash * (0.35 + 0.65 * crest) + foam * crest**2 * (0.4 + pebbles))
    return np.stack(sides, axis=1)


def crackle(
    rng: np.random.Generator,
    *,
    per_second: float,
    roar: float = 0.15,
    centre_hz: float = 2500,
    duration_s: float = 5,
) -> Signal:
    """Scatter dry clicks of very different size over a low roar: fire, or the dust on a record."""
    clicks = np.zeros(n_samples(duration_s))
    n_clicks = rng.poisson(per_second * duration_s)
    clicks[rng.integers(0, len(clicks), n_clicks)] = rng.choice([-1, 1], n_clicks) * rng.pareto(2.2, n_clicks)
    sharp = filtered(np.clip(clicks, -2, 2), gain=bandpass(centre_hz, octaves=3.5))
    bed = filtered(noise(duration_s, rng=rng), gain=lowpass(220, order=1))
    flicker = 0.4 + 0.6 * wandering(duration_s, rate_hz=3, rng=rng)
    return normalised(sharp) + roar * normalised(bed) * flicker


def bubbles(rng: np.random.Generator, *, per_second: float, pitch_hz: float, duration_s: float = 5) -> Signal:
    """Let bubbles rise: short tones that climb as they die."""
    hits = []
    for _ in range(rng.poisson(per_second * duration_s)):
        length_s = float(rng.uniform(0.03, 0.09))
        rising = pitch_hz * float(rng.lognormal(0, 0.4)) * (1 + 0.9 * times(length_s) / length_s)
        bubble = sine(rising, duration_s=length_s) * fade(length_s, tau_s=length_s / 4)
        hits.append((float(rng.uniform(0, duration_s - 0.1)), bubble * rng.uniform(0.2, 1)))
    flow = filtered(noise(duration_s, rng=rng), gain=bandpass(pitch_hz, octaves=3))
    return normalised(placed(duration_s, hits=hits)) + 0.12 * normalised(flow)


def hum(rng: np.random.Generator, *, mains_hz: float, air: float, duration_s: float = 4) -> Signal:
    """Give a room where a machine runs: mains and its harmonics, and moving air."""
    tones = sum(
        sine(mains_hz * k, duration_s=duration_s) * rng.uniform(0.3, 1) / k for k in (1, 2, 3, 4, 6, 8, 12)
    )
    flow = filtered(noise(duration_s, rng=rng), gain=lowpass(600, order=1))
    flow = flow + 0.05 * filtered(noise(duration_s, rng=rng), gain=highpass(4000))
    return normalised(np.asarray(tones)) + air * normalised(flow)


NOISES = {
    "White": partial(coloured, db_per_octave=0),
    "Pink": partial(coloured, db_per_octave=-3),
    "Brown": partial(coloured, db_per_octave=-6),
    "Blue": partial(coloured, db_per_octave=3),
    "Violet": partial(coloured, db_per_octave=6),
    "Hum 50 Hz": partial(hum, mains_hz=50, air=0.3),
    "Hum 60 Hz": partial(hum, mains_hz=60, air=0.1),
    "Server room": partial(hum, mains_hz=100, air=1.5),
    "Record dust": partial(crackle, per_second=30, roar=0.12, centre_hz=4500),
}

NATURE = {
    "Wind – soft": partial(wind, centre_hz=350, howl=0.1),
    "Wind – gusty": partial(wind, centre_hz=600, gusts_hz=1.5),
    "Wind – howling": partial(wind, centre_hz=520, howl=1.6),
    "Rain – drizzle": partial(drops, per_second=120, lowest_hz=2500, highest_hz=9000, hiss=0.1),
    "Rain – steady": partial(drops, per_second=700, lowest_hz=1500, highest_hz=8000, hiss=0.5),
    "Rain – on a tin roof": partial(drops, per_second=200, lowest_hz=700, highest_hz=2600, tau_s=0.012),
    "Dripping cave": partial(drops, per_second=4, lowest_hz=700, highest_hz=2200, tau_s=0.02, hiss=0.01),
    "Sea – calm": partial(waves, period_s=4.5, pebbles=0),
    "Sea – rough": partial(waves, period_s=3, pebbles=0.8),
    "Fire – hearth": partial(crackle, per_second=25),
    "Fire – campfire": partial(crackle, per_second=60, roar=0.35, centre_hz=1600),
    "Stream": partial(bubbles, per_second=70, pitch_hz=900),
    "Boiling pot": partial(bubbles, per_second=25, pitch_hz=350),
}


def recipes() -> Iterator[Recipe]:
    for title, make in NOISES.items():
        yield Recipe(f"Noises/{title}.flac", make)
    for title, make in NATURE.items():
        yield Recipe(f"Nature/{title}.flac", make)
