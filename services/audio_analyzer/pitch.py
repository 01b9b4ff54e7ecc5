"""Fundamental frequency, from the autocorrelation of each frame.

References
----------
P. Boersma, "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise ratio of a
sampled sound", IFA Proceedings 17 (1993).
"""

import numpy as np
import scipy.fft
from numba import njit

from services.audio_analyzer.partials import Partials
from services.audio_analyzer.stft import ANALYSIS_RATE_HZ, BIN_HZ, FRAME_SAMPLES, HANN, FloatArray, Spectra

LOWEST_HZ, HIGHEST_HZ = 40.0, 2_100.0
VOICED_CLARITY = 0.5
LEAST_VOICED_SHARE = 0.4
QUIETEST_DB = -40.0  # frames this far under the loudest say nothing about pitch
_OCTAVE_COST = 0.02
_COARSE_FROM_HZ = 400.0  # where a period is so few samples that its double may fit better
_FIRST_LAG, _LAST_LAG = int(ANALYSIS_RATE_HZ / HIGHEST_HZ), int(ANALYSIS_RATE_HZ / LOWEST_HZ) + 1

_window = scipy.fft.irfft(np.abs(scipy.fft.rfft(HANN.astype(np.float64), 2 * FRAME_SAMPLES)) ** 2)[
    :FRAME_SAMPLES
]
_WINDOW_AUTOCORRELATION: FloatArray = (_window / _window[0]).astype(np.float32)


@njit(cache=True, nogil=True, error_model="numpy")
def _strongest_period(
    autocorrelation: FloatArray, window: FloatArray, f0: FloatArray, clarity: FloatArray
) -> None:
    """Fill in each frame's most likely fundamental, preferring high ones slightly, and how periodic it is."""
    for t in range(autocorrelation.shape[0]):
        power = autocorrelation[t, 0]
        if power <= 1e-9:
            continue
        best = -1.0
        before = autocorrelation[t, _FIRST_LAG - 1] / (power * window[_FIRST_LAG - 1])
        here = autocorrelation[t, _FIRST_LAG] / (power * window[_FIRST_LAG])
        for lag in range(_FIRST_LAG, _LAST_LAG):
            after = autocorrelation[t, lag + 1] / (power * window[lag + 1])
            if here > 0.2 and here > before and here >= after:
                bend = before - 2 * here + after
                offset = 0.5 * (before - after) / bend if bend < 0 else 0.0
                height = here - 0.25 * (before - after) * offset
                period = lag + offset
                score = height - _OCTAVE_COST * np.log2(LOWEST_HZ * period / ANALYSIS_RATE_HZ)
                if score > best:
                    best = score
                    f0[t] = ANALYSIS_RATE_HZ / period
                    clarity[t] = min(height, 1.0)
            before, here = here, after


@njit(cache=True, nogil=True, error_model="numpy")
def _only_even_harmonics(f0: np.float32, frequencies: FloatArray, amplitudes: FloatArray) -> bool:
    """Whether next to nothing sounds at odd multiples of a fundamental, which then is half the true one."""
    odd, even = 0.0, 0.0
    for i in range(frequencies.shape[0]):
        harmonic = np.rint(frequencies[i] / f0)
        if harmonic >= 1 and abs(frequencies[i] / (harmonic * f0) - 1) < 0.03:
            if harmonic % 2 == 1:
                odd += amplitudes[i]
            else:
                even += amplitudes[i]
    return odd < 0.02 * even


@njit(cache=True, nogil=True, error_model="numpy")
def _refine(f0: FloatArray, frequencies: FloatArray, amplitudes: FloatArray) -> None:
    """Replace each fundamental by the mean of what its first harmonics among the partials say it is.

    The lag of a high note is a few samples and so a coarse measure; its partials are a fine one.
    """
    for t in range(f0.shape[0]):
        if f0[t] < 8 * BIN_HZ:
            continue
        if f0[t] > _COARSE_FROM_HZ and _only_even_harmonics(f0[t], frequencies[t], amplitudes[t]):
            f0[t] *= 2
        weighted, weight = 0.0, 0.0
        for i in range(frequencies.shape[1]):
            harmonic = np.rint(frequencies[t, i] / f0[t])
            if not 1 <= harmonic <= 5:
                continue
            candidate = frequencies[t, i] / harmonic
            if abs(candidate / f0[t] - 1) < 0.03:
                weighted += amplitudes[t, i] * candidate
                weight += amplitudes[t, i]
        if weight > 0:
            f0[t] = weighted / weight


class PitchTracker:
    """Follows the fundamental frequency from frame to frame."""

    def __init__(self) -> None:
        self._f0: list[FloatArray] = []
        self._clarity: list[FloatArray] = []
        self._energy: list[FloatArray] = []

    def push(self, spectra: Spectra, partials: Partials) -> None:
        autocorrelation = scipy.fft.irfft(spectra.power, axis=1)[:, : _LAST_LAG + 2]
        f0, clarity = np.zeros(len(spectra), np.float32), np.zeros(len(spectra), np.float32)
        _strongest_period(autocorrelation, _WINDOW_AUTOCORRELATION, f0, clarity)
        _refine(f0, partials.frequencies_hz, partials.amplitudes)
        self._f0.append(f0)
        self._clarity.append(clarity)
        self._energy.append(autocorrelation[:, 0].copy())

    def descriptors(self) -> dict[str, float | None]:
        f0, clarity, energy = (np.concatenate(parts) for parts in (self._f0, self._clarity, self._energy))
        audible = energy > energy.max() * 10 ** (QUIETEST_DB / 10)
        voiced = audible & (clarity >= VOICED_CLARITY)
        share = float(voiced.sum() / max(audible.sum(), 1))
        mean_clarity = float(np.average(clarity[audible], weights=energy[audible])) if audible.any() else 0.0
        # Beyond 40 dB the window, not the sound, is what is measured.
        periodic = min(max(mean_clarity, 1e-4), 1 - 1e-4)
        values: dict[str, float | None] = {
            "voicing": share,
            "harmonicity_db": float(10 * np.log10(periodic / (1 - periodic))),
            "pitch_hz": None,
            "pitch_midi": None,
            "pitch_range_semitones": None,
        }
        if share >= LEAST_VOICED_SHARE:
            pitch = float(np.median(f0[voiced]))
            low, high = np.percentile(f0[voiced], (5, 95))
            values |= {
                "pitch_hz": pitch,
                "pitch_midi": float(69 + 12 * np.log2(pitch / 440)),
                "pitch_range_semitones": float(12 * np.log2(high / low)),
            }
        return values
