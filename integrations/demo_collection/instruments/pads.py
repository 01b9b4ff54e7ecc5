"""Pads and drones: long, wide, slowly changing.

A pad is drawn in the frequency domain, in the manner of Paul Nasca's PADsynth (2006): each harmonic is a
bell instead of a line, as if many players were slightly apart, with random phases; one inverse FFT makes it
sound for as long as one wants.
"""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from integrations.demo_collection.recipe import Recipe
from integrations.demo_collection.signals import (
    SAMPLE_RATE_HZ,
    Signal,
    fft_length,
    n_samples,
    normalised,
    note_hz,
    swell,
    wandering,
)


def series(
    pitches_hz: Sequence[float], *, n_bins: int, bin_hz: float, tilt: float, cents: float, stretch: float
) -> Signal:
    """Draw the spectrum of a chord, each harmonic a bell.

    Parameters
    ----------
    tilt
        The k-th harmonic has the amplitude ``k ** -tilt``.
    cents
        How far apart the players are; twice as far for twice the harmonic.
    stretch
        The exponent of the harmonic series: 1 is a string, a little more a piano, much more a bell.
    """
    spectrum = np.zeros(n_bins)
    for pitch_hz in pitches_hz:
        for k in range(1, 21):
            centre = pitch_hz * k**stretch / bin_hz
            width = max(1.0, centre * (2 ** (cents / 1200) - 1))
            low, high = int(centre - 3 * width), int(centre + 3 * width) + 2
            if low < 1 or high > n_bins:
                break
            offset = (np.arange(low, high) - centre) / width
            spectrum[low:high] += np.exp(-(offset**2)) / np.sqrt(width) * k**-tilt
    return spectrum


def pad(
    rng: np.random.Generator,
    *,
    notes: str,
    duration_s: float = 7,
    dark: float = 2.2,
    bright: float = 1.2,
    cents: float = 18,
    attack_s: float = 1.2,
    stretch: float = 1.0,
) -> Signal:
    """Move slowly between a dark and a bright tilt of the same chord. Stereo."""
    n = n_samples(duration_s)
    size = fft_length(n)
    n_bins = size // 2 + 1
    pitches_hz = [note_hz(note) for note in notes.split()]
    blend = wandering(duration_s, rate_hz=0.4, rng=rng)[:, None]
    # The players are the same in both, so that moving between them is a filter and not a second choir.
    players = rng.standard_normal((2, n_bins, 2), dtype=np.float32).view(np.complex64)[..., 0]
    moving = np.zeros((n, 2))
    for tilt, weight in ((dark, 1 - blend), (bright, blend)):
        drawn = series(
            pitches_hz, n_bins=n_bins, bin_hz=SAMPLE_RATE_HZ / size, tilt=tilt, cents=cents, stretch=stretch
        ).astype(np.float32)
        moving += weight * normalised(np.fft.irfft(players * drawn, size, axis=1)[:, :n].T)
    return moving * swell(duration_s, attack_s=attack_s, release_s=duration_s * 0.35)[:, None]


PADS = {
    "Warm A minor": partial(pad, notes="A2 E3 A3 C4"),
    "Dark D minor": partial(pad, notes="D2 A2 D3 F3", bright=1.9, dark=3),
    "Dark E": partial(pad, notes="E2 B2 E3", bright=2, dark=3.2, duration_s=10),
    "Bright C major 7": partial(pad, notes="C3 G3 B3 E4", bright=0.8, dark=1.4, cents=12),
    "Bright E♭ major": partial(pad, notes="E♭3 G3 B♭3", bright=0.8, dark=1.4, cents=12),
    "Strings G minor": partial(pad, notes="G2 D3 G3 B♭3", bright=0.95, dark=1.2, cents=9, attack_s=0.4),
    "Airy B minor": partial(pad, notes="B3 F♯4 D5", dark=2.6, bright=1.8, cents=60, attack_s=2),
    "Glassy A": partial(pad, notes="A3 E4", stretch=1.18, cents=6, dark=1.6, bright=0.9),
    "Glassy F♯": partial(pad, notes="F♯3 C♯4", stretch=1.18, cents=6, dark=1.6, bright=0.9),
    "Choral C minor": partial(pad, notes="C3 G3 E♭4", dark=1.9, bright=1.5, cents=30, attack_s=0.8),
    "Suspended D": partial(pad, notes="D3 G3 A3 D4", cents=22, duration_s=9),
}

DRONES = {
    "Deep C": partial(pad, notes="C1 C2 G2", duration_s=14, dark=1.8, bright=1.0, cents=14, attack_s=4),
    "Deep F♯": partial(pad, notes="F♯1 F♯2 C♯3", duration_s=12, dark=2, bright=1.2, cents=14, attack_s=4),
    "Metallic D": partial(
        pad, notes="D2 A2", duration_s=12, stretch=1.31, dark=1.2, bright=0.6, cents=5, attack_s=3
    ),
    "Tense E": partial(pad, notes="E2 F2 B2 B♭3", duration_s=12, dark=1.9, bright=1.1, cents=25, attack_s=4),
    "Wide A": partial(pad, notes="A1 E2 A2 E3", duration_s=12, dark=2.1, bright=1.3, cents=40, attack_s=5),
    "Pure G": partial(pad, notes="G1 G2 D3 G3", duration_s=14, dark=2.4, bright=1.7, cents=3, attack_s=3),
}


def recipes() -> Iterator[Recipe]:
    for title, make in PADS.items():
        yield Recipe(f"Pads/Pad {title}.flac", make)
    for title, make in DRONES.items():
        yield Recipe(f"Drones/Drone {title}.flac", make)
