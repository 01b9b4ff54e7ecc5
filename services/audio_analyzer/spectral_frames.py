"""Measures of single frames of a spectrogram, computed for a whole block of frames at a time.

Every frame's bins are passed over a few times while they lie in the fastest memory; sums are taken in a fixed
order, in as many lanes as the processor has.
"""

import numpy as np
from numba import njit

from services.audio_analyzer.float_bits import bits_of, number_of
from services.audio_analyzer.mel import FLOOR_POWER
from services.audio_analyzer.stft import BIN_HZ, FREQUENCIES_HZ, N_BINS, FloatArray

ROLLOFF_SHARE = 0.85
BRIGHT_FROM_HZ = 1_500.0
WARM_BELOW_HZ = 500.0
MEASURES = (
    "energy", "centroid", "bandwidth", "rolloff", "flatness",
    "flux", "noisiness", "brightness", "warmth",
)  # fmt: skip
"""What `measure_frames` gives, in its order."""

_BRIGHT_FROM_BIN, _WARM_BELOW_BIN = round(BRIGHT_FROM_HZ / BIN_HZ), round(WARM_BELOW_HZ / BIN_HZ)
_TINY = float(np.finfo(np.float32).tiny)
_NO_POWER = 1e-30
_FLOOR = np.float32(FLOOR_POWER)
_ROLLOFF_CHUNK = 25
_LANES, _ROWS = 16, 64  # a product of 64 mantissas, each under 2, cannot overflow
_EXPONENT_BITS, _MANTISSA, _ONE = 23, 0x007FFFFF, 0x3F800000


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _sum(values: FloatArray, first: int, end: int) -> float:
    total = np.float32(0)
    for k in range(first, end):
        total += values[k]
    return float(total)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _sum_of_products(a: FloatArray, b: FloatArray) -> float:
    total = np.float32(0)
    for k in range(a.shape[0]):
        total += a[k] * b[k]
    return float(total)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _spread(magnitude: FloatArray, frequencies_hz: FloatArray, centre_hz: np.float32) -> float:
    """Sum the squared distances from a frequency, weighted by magnitude."""
    total = np.float32(0)
    for k in range(magnitude.shape[0]):
        distance = frequencies_hz[k] - centre_hz
        total += magnitude[k] * distance * distance
    return float(total)


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _distance(a: FloatArray, a_scale: np.float32, b: FloatArray, b_scale: np.float32) -> float:
    """Give the Euclidean distance of two scaled vectors."""
    total = np.float32(0)
    for k in range(a.shape[0]):
        difference = a[k] * a_scale - b[k] * b_scale
        total += difference * difference
    return float(np.sqrt(total))


@njit(cache=True, nogil=True, error_model="numpy")
def _rolloff_bin(magnitude: FloatArray, total: float) -> int:
    """Give the first bin up to which 85 % of the magnitude lies."""
    wanted, below, k = ROLLOFF_SHARE * total, 0.0, 0
    while k + _ROLLOFF_CHUNK < N_BINS:
        chunk = _sum(magnitude, k, k + _ROLLOFF_CHUNK)
        if below + chunk >= wanted:
            break
        below += chunk
        k += _ROLLOFF_CHUNK
    while k < N_BINS - 1:
        below += magnitude[k]
        if below >= wanted:
            break
        k += 1
    return k


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _flatness(power: FloatArray) -> float:
    """Give the geometric over the arithmetic mean of a frame's power: 1 for a flat spectrum.

    The logarithm of a product is taken instead of a thousand logarithms: exponents are added as the integers
    that they are, mantissas multiplied.
    """
    n, total, exponents, log2_mantissas = power.shape[0], np.float32(0), 0, 0.0
    products = np.empty(_LANES, np.float32)
    for start in range(0, n, _LANES * _ROWS):
        end = min(n, start + _LANES * _ROWS)
        for lane in range(_LANES):
            products[lane] = 1
        for row in range(start, end, _LANES):
            for lane in range(min(_LANES, end - row)):
                floored = max(power[row + lane], _FLOOR)
                total += floored
                bits = bits_of(floored)
                exponents += bits >> _EXPONENT_BITS
                products[lane] *= number_of(np.int32((bits & _MANTISSA) | _ONE))
        for lane in range(_LANES):
            log2_mantissas += np.log2(np.float64(products[lane]))
    geometric = 2.0 ** ((exponents + log2_mantissas) / n - 127)
    return float(geometric * n / total)


@njit(cache=True, nogil=True, error_model="numpy")
def measure_frames(
    magnitude: FloatArray, power: FloatArray, mel: FloatArray, before: FloatArray, measures: FloatArray
) -> None:
    """Fill in the `MEASURES` of frames.

    Parameters
    ----------
    magnitude, power, mel
        [shape=(n, n_bins or n_mels), float32]
    before
        [shape=(n_bins,)] The magnitude of the frame before the first; replaced by the last one's.
    measures
        [shape=(n, len(MEASURES)), float32] Frequencies in Hz; flux is the distance of the unit-length
        spectrum from that of the frame before; brightness and warmth are shares of energy.
    """
    scale_before = np.float32(1 / np.sqrt(max(_sum_of_products(before, before), _NO_POWER)))
    for t in range(magnitude.shape[0]):
        frame = magnitude[t]
        energy, total = _sum(power[t], 0, N_BINS), _sum(frame, 0, N_BINS)
        per_total = 1 / total if total > _TINY else 1.0
        centroid = _sum_of_products(frame, FREQUENCIES_HZ) * per_total
        scale = np.float32(1 / np.sqrt(max(energy, _NO_POWER)))
        measures[t, 0] = energy
        measures[t, 1] = centroid
        measures[t, 2] = np.sqrt(_spread(frame, FREQUENCIES_HZ, np.float32(centroid)) * per_total)
        measures[t, 3] = FREQUENCIES_HZ[_rolloff_bin(frame, total)]
        measures[t, 4] = _flatness(power[t])
        measures[t, 5] = _distance(frame, scale, before, scale_before)
        measures[t, 6] = _flatness(mel[t])
        measures[t, 7] = _sum(power[t], _BRIGHT_FROM_BIN, N_BINS) / max(energy, _NO_POWER)
        measures[t, 8] = _sum(power[t], 0, _WARM_BELOW_BIN) / max(energy, _NO_POWER)
        for k in range(N_BINS):
            before[k] = frame[k]
        scale_before = scale
