"""The partials of each frame: the peaks of its spectrum, between the bins, and how they beat together."""

from dataclasses import dataclass

import numpy as np
from numba import njit

from services.audio_analyzer.stft import BIN_HZ, FloatArray, Spectra

MAX_PARTIALS = 24
FROM_HZ, TO_HZ = 40.0, 5_000.0
FAINTEST_DB = -50.0  # against the frame's strongest partial
_FIRST_BIN, _LAST_BIN = int(FROM_HZ / BIN_HZ), int(TO_HZ / BIN_HZ)
_FAINTEST_POWER = 10 ** (FAINTEST_DB / 10)
_FLOOR_POWER = 1e-12


@dataclass(frozen=True, slots=True)
class Partials:
    """The partials of a run of frames, strongest first.

    Attributes
    ----------
    frequencies_hz, amplitudes
        [shape=(n_frames, MAX_PARTIALS), float32] Zero where a frame has fewer.
    roughness
        [shape=(n_frames,), float32] Sensory dissonance between them, 0 to about 1.
    """

    frequencies_hz: FloatArray
    amplitudes: FloatArray
    roughness: FloatArray


@njit(cache=True, nogil=True, error_model="numpy")
def _find(power: FloatArray, frequencies: FloatArray, amplitudes: FloatArray) -> None:
    """Fill in each frame's strongest local maxima, placed by a parabola through the log power."""
    floor = np.float32(_FLOOR_POWER)
    for t in range(power.shape[0]):
        n, least = 0, floor
        before, here = power[t, _FIRST_BIN - 1], power[t, _FIRST_BIN]
        for k in range(_FIRST_BIN, _LAST_BIN):
            after = power[t, k + 1]
            # A parabola is at most the eighth root of the steeper flank higher than its middle point.
            if (
                here > floor
                and here > before
                and here >= after
                and here * np.sqrt(np.sqrt(np.sqrt(here / max(min(before, after), floor)))) > least
            ):
                left, right = np.log(max(before, floor) / here), np.log(max(after, floor) / here)
                offset = 0.5 * (left - right) / (left + right)
                height = here * np.exp(np.float32(-0.25) * (left - right) * np.float32(offset))
                if n < MAX_PARTIALS or height > amplitudes[t, n - 1]:
                    i = min(n, MAX_PARTIALS - 1)
                    while i > 0 and amplitudes[t, i - 1] < height:
                        amplitudes[t, i], frequencies[t, i] = amplitudes[t, i - 1], frequencies[t, i - 1]
                        i -= 1
                    amplitudes[t, i], frequencies[t, i] = height, np.float32((k + offset) * BIN_HZ)
                    n = min(n + 1, MAX_PARTIALS)
                    weakest = amplitudes[t, n - 1] if n == MAX_PARTIALS else floor
                    least = max(weakest, amplitudes[t, 0] * np.float32(_FAINTEST_POWER))
            before, here = here, after
        faintest = amplitudes[t, 0] * _FAINTEST_POWER
        for i in range(MAX_PARTIALS):
            if i >= n or amplitudes[t, i] < faintest:
                amplitudes[t, i], frequencies[t, i] = 0.0, 0.0
            else:
                amplitudes[t, i] = np.sqrt(amplitudes[t, i])


@njit(cache=True, nogil=True, error_model="numpy")
def _roughness(frequencies: FloatArray, amplitudes: FloatArray, roughness: FloatArray) -> None:
    """Sum Sethares' dissonance curve over all pairs of partials, relative to the frame's amplitudes."""
    for t in range(frequencies.shape[0]):
        total, rough = 0.0, 0.0
        for i in range(MAX_PARTIALS):
            if amplitudes[t, i] == 0:
                break
            total += amplitudes[t, i]
            for j in range(i):
                lower = min(frequencies[t, i], frequencies[t, j])
                apart = abs(frequencies[t, i] - frequencies[t, j]) * 0.24 / (0.0207 * lower + 18.96)
                if apart < 2.0:
                    rough += amplitudes[t, i] * (np.exp(-3.51 * apart) - np.exp(-5.75 * apart))
        roughness[t] = 5.0 * rough / total if total > 0 else 0.0


def find_partials(spectra: Spectra) -> Partials:
    """Find the partials of every frame.

    References
    ----------
    W. A. Sethares, "Local consonance and the relationship between timbre and scale", JASA 94 (1993).
    """
    shape = (len(spectra), MAX_PARTIALS)
    partials = Partials(
        np.zeros(shape, np.float32), np.zeros(shape, np.float32), np.zeros(shape[0], np.float32)
    )
    _find(spectra.power, partials.frequencies_hz, partials.amplitudes)
    _roughness(partials.frequencies_hz, partials.amplitudes, partials.roughness)
    return partials
