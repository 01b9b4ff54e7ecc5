"""One sound of the collection: what it is called, and how it is made."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from integrations.demo_collection.signals import PEAK, Signal, finished, normalised

Make = Callable[[np.random.Generator], Signal]
"""Synthesises one sound; all that is random in it comes from the generator."""

Play = Callable[..., Signal]
"""An instrument: a `Make` that still wants keyword arguments, such as `pitch_hz`."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to make one sound.

    Attributes
    ----------
    path
        Where it stands in the collection, with its extension: it is written as WAV or FLAC.
    make
        Synthesises the sound. Its random numbers depend on the path alone, so it always gives the same.
    loops
        The end meets the beginning: no fades.
    """

    path: str
    make: Make
    loops: bool = False

    def render(self) -> Signal:
        """Give the finished sound, float64, peak -1 dBFS, shape (n,) or (n, 2)."""
        signal = self.make(np.random.default_rng(zlib.crc32(self.path.encode())))
        return PEAK * normalised(signal) if self.loops else finished(signal)
