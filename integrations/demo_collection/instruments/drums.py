"""Kicks, snares, claps and toms."""

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
    highpass,
    modes,
    noise,
    normalised,
    placed,
    saturated,
    sine,
)


def kick(
    rng: np.random.Generator,
    *,
    pitch_hz: float,
    drop: float = 5,
    drop_s: float = 0.025,
    decay_s: float = 0.16,
    click: float = 0.2,
    drive: float = 1.5,
) -> Signal:
    """Drop a sine from `drop` times its pitch, with the click of the beater."""
    duration_s = decay_s * 5
    pitch = pitch_hz * (1 + (drop - 1) * fade(duration_s, tau_s=drop_s))
    body = sine(pitch, duration_s=duration_s) * fade(duration_s, tau_s=decay_s)
    beater = burst(duration_s, tau_s=0.004, gain=bandpass(3500, octaves=3), rng=rng)
    return saturated(body, drive=drive) + click * beater


def snare(
    rng: np.random.Generator,
    *,
    pitch_hz: float,
    wires_hz: float = 4000,
    wires: float = 0.8,
    decay_s: float = 0.11,
    drive: float = 1.2,
) -> Signal:
    """Strike a skin of two modes, and let the wires below it rattle."""
    duration_s = decay_s * 6
    skin = modes(
        duration_s,
        partials=[(pitch_hz, 1, decay_s * 0.6), (pitch_hz * 1.59, 0.6, decay_s * 0.4)],
        rng=rng,
    )
    skin += (
        0.5
        * sine(pitch_hz * (1 + fade(duration_s, tau_s=0.01)), duration_s=duration_s)
        * fade(duration_s, tau_s=decay_s * 0.5)
    )
    rattle = filtered(noise(duration_s, rng=rng), gain=bandpass(wires_hz, octaves=3.5))
    rattle = normalised(rattle) * fade(duration_s, tau_s=decay_s)
    return saturated(0.6 * normalised(skin) * (1 - wires * 0.5) + wires * rattle, drive=drive)


def clap(
    rng: np.random.Generator,
    *,
    centre_hz: float = 1100,
    hands: int = 4,
    spread_s: float = 0.011,
    decay_s: float = 0.09,
) -> Signal:
    """Let several hands clap shortly after each other; the last one rings on."""
    duration_s = decay_s * 6 + hands * spread_s

    def hand(tau_s: float) -> Signal:
        return burst(tau_s * 6, tau_s=tau_s, gain=bandpass(centre_hz, octaves=2.2), rng=rng)

    hits = [
        (index * spread_s * rng.uniform(0.9, 1.1), hand(0.006) * rng.uniform(0.7, 1))
        for index in range(hands - 1)
    ]
    return placed(duration_s, hits=[*hits, ((hands - 1) * spread_s, hand(decay_s))])


def tom(rng: np.random.Generator, *, pitch_hz: float, decay_s: float = 0.22, bend: float = 1.5) -> Signal:
    """Strike a skin that sinks a little in pitch."""
    duration_s = decay_s * 5
    glide = 1 + (bend - 1) * fade(duration_s, tau_s=0.05)
    body = sine(pitch_hz * glide, duration_s=duration_s) * fade(duration_s, tau_s=decay_s)
    ring = sine(pitch_hz * 1.52 * glide, duration_s=duration_s) * fade(duration_s, tau_s=decay_s * 0.35)
    stick = burst(duration_s, tau_s=0.008, gain=highpass(1200), rng=rng)
    return saturated(body + 0.35 * ring + 0.25 * stick, drive=1.3)


KICKS = {
    "deep": partial(kick, pitch_hz=42, decay_s=0.28, click=0.08),
    "round": partial(kick, pitch_hz=52, decay_s=0.17, click=0.12),
    "tight": partial(kick, pitch_hz=58, decay_s=0.08, click=0.3),
    "punchy": partial(kick, pitch_hz=50, drop=8, drop_s=0.018, decay_s=0.13, click=0.35),
    "hard": partial(kick, pitch_hz=48, drop=9, drop_s=0.03, decay_s=0.15, click=0.4, drive=5),
    "soft": partial(kick, pitch_hz=60, drop=2.5, decay_s=0.12, click=0.03, drive=0.6),
    "long": partial(kick, pitch_hz=38, drop=4, drop_s=0.04, decay_s=0.5, click=0.06),
    "wooden": partial(kick, pitch_hz=75, drop=3, drop_s=0.012, decay_s=0.07, click=0.6),
}

SNARES = {
    "bright": partial(snare, pitch_hz=210, wires_hz=6500, wires=0.95),
    "fat": partial(snare, pitch_hz=165, wires_hz=2800, wires=0.6, decay_s=0.14, drive=2),
    "tight": partial(snare, pitch_hz=240, wires_hz=5000, decay_s=0.05),
    "ringing": partial(snare, pitch_hz=285, wires=0.35, decay_s=0.17),
    "dusty": partial(snare, pitch_hz=190, wires_hz=1900, wires=0.85, decay_s=0.09, drive=4),
    "brushed": partial(snare, pitch_hz=180, wires_hz=7000, wires=1.0, decay_s=0.22, drive=0.5),
}

CLAPS = {
    "dry": partial(clap, decay_s=0.045),
    "roomy": partial(clap, decay_s=0.16),
    "many hands": partial(clap, hands=9, spread_s=0.009, decay_s=0.12),
    "low": partial(clap, centre_hz=700, decay_s=0.1),
    "thin": partial(clap, centre_hz=2200, hands=3, decay_s=0.06),
}


def recipes() -> Iterator[Recipe]:
    """Give three takes of each kick, snare and clap, and four tuned sets of toms."""
    for folder, singular, kinds in (
        ("Kicks", "Kick", KICKS),
        ("Snares", "Snare", SNARES),
        ("Claps", "Clap", CLAPS),
    ):
        for take in range(3):
            for index, (title, make) in enumerate(kinds.items(), start=1 + take * len(kinds)):
                yield Recipe(f"Drums/{folder}/{singular} {index:02} – {title}.wav", _take(make, take=take))
    for set_title, lowest_hz, decay_s in (
        ("studio", 82, 0.22),
        ("concert", 65, 0.4),
        ("electronic", 95, 0.16),
        ("taut", 130, 0.12),
    ):
        for title, ratio in (("low", 1.0), ("mid", 1.36), ("high", 1.9)):
            make = partial(tom, pitch_hz=lowest_hz * ratio, decay_s=decay_s / ratio**0.4)
            yield Recipe(f"Drums/Toms/Tom {set_title} – {title}.wav", make)


def _take(make: "partial[Signal]", *, take: int) -> "partial[Signal]":
    """Play it again, not quite the same: another drum of the kind, struck otherwise."""
    varied = {
        name: value * factor[take]
        for name, factor in {
            "pitch_hz": (1, 0.91, 1.12),
            "decay_s": (1, 1.25, 0.8),
            "centre_hz": (1, 1.15, 0.88),
            "wires_hz": (1, 0.85, 1.2),
            "click": (1, 1.5, 0.7),
        }.items()
        if (value := make.keywords.get(name)) is not None
    }
    return partial(make, **varied)
