"""Largest values and sums of runs of samples, found in vector registers.

Compilers keep floating point comparisons in their order; integers may be compared in any. Without their sign,
the bits of floating point numbers are integers of the same order. Loops count up indices, for numba does not
vectorise loops over the elements of an array.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.extending import intrinsic

from services.audio_analyzer.stft import FloatArray

MAGNITUDE_BITS = 0x7FFFFFFF


@intrinsic  # numba fills in the first argument
def _as_float(_typing: Any, bits: Any) -> Any:
    def generate(_context: Any, builder: ir.IRBuilder, _signature: Any, arguments: Any) -> ir.Value:
        return builder.bitcast(arguments[0], ir.FloatType())

    return types.float32(bits), generate


@njit(cache=True, nogil=True, error_model="numpy")
def largest(values: FloatArray) -> np.float32:
    """Give the largest absolute value of all [shape=(n,), float32]; NaN when there is one, 0 of none."""
    bits, top = values.view(np.int32), np.int32(0)
    for i in range(bits.shape[0]):
        # Numba makes 64 bits of whatever is computed of 32.
        top = np.int32(max(top, np.int32(bits[i] & MAGNITUDE_BITS)))
    result: np.float32 = _as_float(np.int32(top))  # type: ignore[call-arg]
    return result


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
