"""Largest values and sums of runs of samples, found in vector registers.

Loops count up indices, for numba does not vectorise loops over the elements of an array.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

from services.audio_analyzer.float_bits import bits_of, number_of
from services.audio_analyzer.stft import FloatArray

MAGNITUDE_BITS = 0x7FFFFFFF


@njit(cache=True, nogil=True, error_model="numpy")
def largest(values: FloatArray) -> np.float32:
    """Give the largest absolute value of all [shape=(n,), float32]; NaN when there is one, 0 of none."""
    top = np.int32(0)
    for i in range(values.shape[0]):
        # Numba makes 64 bits of whatever is computed of 32.
        top = np.int32(max(top, np.int32(bits_of(values[i]) & MAGNITUDE_BITS)))
    return np.float32(number_of(top))


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract"})
def energy(samples: FloatArray) -> float:
    """Give the sum of squares, summed in double precision."""
    total = 0.0
    for i in range(samples.shape[0]):
        total += np.float64(samples[i]) * np.float64(samples[i])
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def energies(samples: FloatArray, step: int) -> npt.NDArray[np.float64]:
    """Give the sum of squares of every whole step of `step` samples."""
    found = np.empty(samples.shape[0] // step)
    for i in range(found.shape[0]):
        found[i] = energy(samples[i * step : (i + 1) * step])
    return found
