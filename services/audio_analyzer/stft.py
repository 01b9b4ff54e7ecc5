"""The one short-time Fourier transform that all spectral measures share.

Frames, window and padding are those of librosa's defaults, so that equal measures give equal values.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.fft
from numba import njit

FloatArray = npt.NDArray[np.float32]

ANALYSIS_RATE_HZ = 22_050
FRAME_SAMPLES = 2048
HOP_SAMPLES = 512
N_BINS = FRAME_SAMPLES // 2 + 1
BIN_HZ = ANALYSIS_RATE_HZ / FRAME_SAMPLES
FRAMES_PER_BLOCK = 64
FREQUENCIES_HZ: FloatArray = (np.arange(N_BINS) * BIN_HZ).astype(np.float32)
HANN: FloatArray = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME_SAMPLES) / FRAME_SAMPLES)).astype(
    np.float32
)


@dataclass(frozen=True, slots=True)
class Spectra:
    """A run of frames: `power` is the square of `magnitude`, both [shape=(n, N_BINS), float32]."""

    magnitude: FloatArray
    power: FloatArray

    def __len__(self) -> int:
        return len(self.magnitude)


@njit(cache=True, nogil=True, error_model="numpy")
def _window(samples: FloatArray, window: FloatArray, frames: FloatArray) -> None:
    for t in range(frames.shape[0]):
        start = np.uint64(t * HOP_SAMPLES)
        for i in range(FRAME_SAMPLES):
            k = np.uint64(i)
            frames[t, k] = samples[start + k] * window[k]


@njit(cache=True, nogil=True, error_model="numpy")
def _measure(parts: FloatArray, magnitude: FloatArray, power: FloatArray) -> None:
    """Fill in what a complex spectrum amounts to.

    Parameters
    ----------
    parts
        [shape=(2 * n,)] Real and imaginary parts in turn.
    magnitude, power
        [shape=(n,)]
    """
    for i in range(power.shape[0]):
        k = np.uint64(i)
        real, imaginary = parts[k + k], parts[k + k + np.uint64(1)]
        squared = real * real + imaginary * imaginary
        power[k] = squared
        magnitude[k] = np.sqrt(squared)


class Stft:
    """Cuts a signal that arrives in pieces into centred, Hann-windowed frames and transforms them.

    Frame t is centred on sample ``t * HOP_SAMPLES``; the signal is padded with zeros on both sides. A signal
    of n samples has ``1 + n // HOP_SAMPLES`` frames, however it was cut into pieces.
    """

    def __init__(self) -> None:
        self._pending = np.zeros(FRAME_SAMPLES // 2, np.float32)
        self._frames = np.empty((FRAMES_PER_BLOCK, FRAME_SAMPLES), np.float32)

    def push(self, samples: FloatArray) -> Iterator[Spectra]:
        """Take the next samples [float32] and give the frames that they complete, in whole blocks."""
        self._pending = np.concatenate((self._pending, samples))
        yield from self._complete(FRAMES_PER_BLOCK)

    def finish(self) -> Iterator[Spectra]:
        """Give the frames that are still open."""
        self._pending = np.concatenate((self._pending, np.zeros(FRAME_SAMPLES // 2, np.float32)))
        yield from self._complete(1)

    def _complete(self, at_least: int) -> Iterator[Spectra]:
        n_frames = 1 + (len(self._pending) - FRAME_SAMPLES) // HOP_SAMPLES
        start = 0
        while n_frames >= at_least:
            n = min(n_frames, FRAMES_PER_BLOCK)
            frames = self._frames[:n]
            _window(self._pending[start:], HANN, frames)
            spectrum = scipy.fft.rfft(frames, axis=1)
            magnitude, power = (np.empty((n, N_BINS), np.float32) for _ in range(2))
            _measure(spectrum.reshape(-1).view(np.float32), magnitude.reshape(-1), power.reshape(-1))
            yield Spectra(magnitude, power)
            start += n * HOP_SAMPLES
            n_frames -= n
        self._pending = self._pending[start:]
