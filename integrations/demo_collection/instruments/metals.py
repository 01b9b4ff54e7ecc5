"""Hats and cymbals: many partials that no scale would ever meet, and the hiss above them."""

from collections.abc import Iterator
from functools import partial

import numpy as np

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
)

_SHEET = (2.0, 3.0, 4.16, 5.43, 6.79, 8.21)


def hat(
    rng: np.random.Generator,
    *,
    decay_s: float,
    pitch_hz: float = 330,
    edge_hz: float = 7000,
    metal: float = 0.6,
) -> Signal:
    """Strike a pair of small cymbals: six rough tones and noise, with all below `edge_hz` cut away."""
    duration_s = max(0.06, decay_s * 6)
    sheet = sum(
        harmonics(
            phase(pitch_hz * ratio * rng.uniform(0.98, 1.02), duration_s=duration_s),
            amplitudes=(1, 0, 1 / 3, 0, 1 / 5),
        )
        for ratio in _SHEET
    )
    hiss = noise(duration_s, rng=rng)
    mix = metal * normalised(np.asarray(sheet)) + (1 - metal) * hiss
    return filtered(mix, gain=highpass(edge_hz, order=4)) * fade(duration_s, tau_s=decay_s)


def cymbal(
    rng: np.random.Generator,
    *,
    lowest_hz: float,
    highest_hz: float,
    n_partials: int = 50,
    decay_s: float = 0.8,
    hiss: float = 0.5,
    attack: float = 1.0,
) -> Signal:
    """Strike a large cymbal; its high partials die first, so that it darkens as it rings."""
    duration_s = decay_s * 4
    frequencies = np.exp(rng.uniform(np.log(lowest_hz), np.log(highest_hz), n_partials))
    partials = [
        (
            float(f),
            float(rng.uniform(0.3, 1)),
            decay_s * float(rng.uniform(0.6, 1.2) * (lowest_hz / f) ** 0.35),
        )
        for f in frequencies
    ]
    ringing = normalised(modes(duration_s, partials=partials, rng=rng))
    air = normalised(filtered(noise(duration_s, rng=rng), gain=bandpass(highest_hz, octaves=2.5)))
    strike = burst(duration_s, tau_s=0.03, gain=highpass(lowest_hz), rng=rng)
    return ringing + hiss * air * fade(duration_s, tau_s=decay_s * 0.5) + attack * 0.5 * strike


CLOSED = {
    "crisp": partial(hat, decay_s=0.022),
    "tiny": partial(hat, decay_s=0.012, edge_hz=9000, metal=0.4),
    "dark": partial(hat, decay_s=0.03, edge_hz=4500, pitch_hz=260),
    "sandy": partial(hat, decay_s=0.035, metal=0.1, edge_hz=6000),
    "machine": partial(hat, decay_s=0.025, metal=1, pitch_hz=400),
    "pedal": partial(hat, decay_s=0.045, edge_hz=5500, pitch_hz=300),
}

OPEN = {
    "bright": partial(hat, decay_s=0.18, edge_hz=8000),
    "washy": partial(hat, decay_s=0.32, metal=0.3, edge_hz=6000),
    "machine": partial(hat, decay_s=0.2, metal=1, pitch_hz=400),
    "half": partial(hat, decay_s=0.09, edge_hz=6500),
}

CYMBALS = {
    "Crash – bright": partial(cymbal, lowest_hz=900, highest_hz=11000),
    "Crash – dark": partial(cymbal, lowest_hz=500, highest_hz=6000, decay_s=1.0),
    "Crash – thin": partial(cymbal, lowest_hz=1400, highest_hz=14000, decay_s=0.6),
    "Ride – ping": partial(cymbal, lowest_hz=1800, highest_hz=8000, n_partials=24, hiss=0.15, decay_s=0.9),
    "Ride – wash": partial(cymbal, lowest_hz=700, highest_hz=9000, hiss=0.4, decay_s=1.1),
    "Ride – bell": partial(cymbal, lowest_hz=1100, highest_hz=5000, n_partials=9, hiss=0.05, attack=0.3),
    "Splash": partial(cymbal, lowest_hz=1600, highest_hz=13000, decay_s=0.25),
    "China": partial(cymbal, lowest_hz=450, highest_hz=5500, n_partials=80, hiss=0.9, decay_s=0.5),
    "Gong – small": partial(cymbal, lowest_hz=180, highest_hz=1600, n_partials=22, hiss=0.05, decay_s=1.4),
    "Gong – large": partial(
        cymbal, lowest_hz=70, highest_hz=1400, n_partials=30, hiss=0.04, attack=0.1, decay_s=2.2
    ),
}


def recipes() -> Iterator[Recipe]:
    for index, (title, make) in enumerate(CLOSED.items(), start=1):
        yield Recipe(f"Drums/Hats/Hat closed {index:02} – {title}.wav", make)
        higher = partial(make, pitch_hz=make.keywords.get("pitch_hz", 330) * 1.19)
        yield Recipe(f"Drums/Hats/Hat closed {index + len(CLOSED):02} – {title}.wav", higher)
    for index, (title, make) in enumerate(OPEN.items(), start=1):
        yield Recipe(f"Drums/Hats/Hat open {index:02} – {title}.wav", make)
        longer = partial(make, decay_s=make.keywords["decay_s"] * 1.5, edge_hz=5000)
        yield Recipe(f"Drums/Hats/Hat open {index + len(OPEN):02} – {title}.wav", longer)
    for title, make in CYMBALS.items():
        yield Recipe(f"Drums/Cymbals/{title}.flac", make)
