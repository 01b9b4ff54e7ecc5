"""Fundamental frequency: candidates from the autocorrelation of each frame, and the path through them.

References
----------
P. Boersma, "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise ratio of a
sampled sound", IFA Proceedings 17 (1993).
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import scipy.fft
from numba import njit

from services.audio_analyzer.frame_store import FrameStore
from services.audio_analyzer.growing import GrowingArray
from services.audio_analyzer.partials import Partials
from services.audio_analyzer.pitch_path import SILENCE_DB, pitch_path
from services.audio_analyzer.stft import ANALYSIS_RATE_HZ, BIN_HZ, FRAME_SAMPLES, HANN, FloatArray, Spectra

LOWEST_HZ, HIGHEST_HZ = 30.0, 4_200.0
LEAST_VOICED_SHARE = 0.4
N_CANDIDATES = 6
_LEAST_STRENGTH = 0.2
_LEAST_DIP = 0.25  # before the first period; else a ripple on a low tone would pass for a high one
_OCTAVE_COST = 0.02
_COARSE_FROM_HZ = 400.0  # where a period is so few samples that a multiple of it may fit better
_SAME_HARMONIC = 0.03
_STRAY_SHARE = 0.02
_FIRST_LAG, _LAST_LAG = int(ANALYSIS_RATE_HZ / HIGHEST_HZ), int(ANALYSIS_RATE_HZ / LOWEST_HZ) + 1

_window = scipy.fft.irfft(np.abs(scipy.fft.rfft(HANN.astype(np.float64), 2 * FRAME_SAMPLES)) ** 2)[
    :FRAME_SAMPLES
]
_UNWINDOWED: FloatArray = (_window[0] / _window[: _LAST_LAG + 2]).astype(np.float32)


@njit(cache=True, nogil=True, error_model="numpy")
def _find_candidates(
    autocorrelation: FloatArray, window: FloatArray, f0: FloatArray, strengths: FloatArray
) -> None:
    """Fill in each frame's most likely fundamentals, the best first, preferring high ones slightly.

    Parameters
    ----------
    window
        [shape=(n_lags,)] One over the autocorrelation of the window.
    """
    n_most = f0.shape[1]
    scores = np.empty(n_most, np.float32)
    for t in range(autocorrelation.shape[0]):
        power = autocorrelation[t, 0]
        if power <= 1e-9:
            continue
        n = 0
        scale = np.float32(1) / power
        before = autocorrelation[t, _FIRST_LAG - 1] * window[_FIRST_LAG - 1] * scale
        here = autocorrelation[t, _FIRST_LAG] * window[_FIRST_LAG] * scale
        lowest = min(before, here)
        for lag in range(_FIRST_LAG, _LAST_LAG):
            after = autocorrelation[t, lag + 1] * window[lag + 1] * scale
            lowest = min(lowest, after)
            if here > _LEAST_STRENGTH and here > before and here >= after and here - lowest > _LEAST_DIP:
                bend = before - 2 * here + after
                offset = 0.5 * (before - after) / bend if bend < 0 else 0.0
                height = here - 0.25 * (before - after) * offset
                period = lag + offset
                score = height - _OCTAVE_COST * np.log2(LOWEST_HZ * period / ANALYSIS_RATE_HZ)
                if n < n_most or score > scores[n - 1]:
                    i = min(n, n_most - 1)
                    while i > 0 and scores[i - 1] < score:
                        scores[i], f0[t, i], strengths[t, i] = (
                            scores[i - 1],
                            f0[t, i - 1],
                            strengths[t, i - 1],
                        )
                        i -= 1
                    scores[i], f0[t, i], strengths[t, i] = score, ANALYSIS_RATE_HZ / period, min(height, 1.0)
                    n = min(n + 1, n_most)
            before, here = here, after


@njit(cache=True, nogil=True, error_model="numpy")
def _only_multiples(f0: float, factor: int, frequencies: FloatArray, amplitudes: FloatArray) -> bool:
    """Whether next to nothing sounds at harmonics that are no multiples of `factor`, which f0 then lacks."""
    stray, fitting = 0.0, 0.0
    for i in range(frequencies.shape[0]):
        harmonic = np.rint(frequencies[i] / f0)
        if harmonic >= 1 and abs(frequencies[i] / (harmonic * f0) - 1) < _SAME_HARMONIC:
            if harmonic % factor == 0:
                fitting += amplitudes[i]
            else:
                stray += amplitudes[i]
    return stray < _STRAY_SHARE * fitting


@njit(cache=True, nogil=True, error_model="numpy")
def _refine(f0: FloatArray, frequencies: FloatArray, amplitudes: FloatArray) -> None:
    """Replace each fundamental by the mean of what its first harmonics among the partials say it is.

    The lag of a high note is a few samples and so a coarse measure; its partials are a fine one.
    """
    for t in range(f0.shape[0]):
        for c in range(f0.shape[1]):
            coarse = f0[t, c]
            if coarse < 8 * BIN_HZ:
                continue
            for factor in (2, 3, 2):
                in_range = coarse > _COARSE_FROM_HZ and coarse * factor <= HIGHEST_HZ
                if in_range and _only_multiples(coarse, factor, frequencies[t], amplitudes[t]):
                    coarse *= factor
            weighted, weight = 0.0, 0.0
            for i in range(frequencies.shape[1]):
                harmonic = np.rint(frequencies[t, i] / coarse)
                if not 1 <= harmonic <= 5:
                    continue
                found = frequencies[t, i] / harmonic
                if abs(found / coarse - 1) < _SAME_HARMONIC:
                    weighted += amplitudes[t, i] * found
                    weight += amplitudes[t, i]
            f0[t, c] = weighted / weight if weight > 0 else coarse


class PitchTracker:
    """Follows the fundamental frequency from frame to frame."""

    def __init__(self) -> None:
        self._candidates = FrameStore(2 * N_CANDIDATES, np.float32)  # fundamentals, then strengths
        self._energy = GrowingArray()

    def push(self, spectra: Spectra, partials: Partials) -> None:
        autocorrelation = scipy.fft.irfft(spectra.power, axis=1)[:, : _LAST_LAG + 2]
        f0, strengths = (np.zeros((len(spectra), N_CANDIDATES), np.float32) for _ in range(2))
        _find_candidates(autocorrelation, _UNWINDOWED, f0, strengths)
        _refine(f0, partials.frequencies_hz, partials.amplitudes)
        self._candidates.push(np.hstack((f0, strengths)))
        self._energy.append(autocorrelation[:, 0])

    def track(self) -> tuple[FloatArray, FloatArray]:
        """Give the path of the fundamental.

        Returns
        -------
        f0_hz
            [shape=(n_frames,), float32] 0 where there is no voice.
        periodicity
            [shape=(n_frames,), float32] How much of each frame's energy repeats with the period, 0 to 1.
        """
        audible = _audible(self._energy.rows())
        chosen = pitch_path((f0, strengths, audible[span]) for span, f0, strengths in self._runs())
        f0_hz, periodicity = (np.empty(len(chosen), np.float32) for _ in range(2))
        for span, f0, strengths in self._runs():
            taken = np.maximum(chosen[span], 0)[:, None]
            f0_hz[span] = np.where(chosen[span] >= 0, np.take_along_axis(f0, taken, axis=1)[:, 0], 0)
            periodicity[span] = np.take_along_axis(strengths, taken, axis=1)[:, 0]
        return f0_hz, periodicity

    def _runs(self) -> Iterator[tuple[slice, FloatArray, FloatArray]]:
        """Give the candidates of consecutive frames: which frames, fundamentals, strengths."""
        first = 0
        for rows in self._candidates.read():
            yield slice(first, first + len(rows)), rows[:, :N_CANDIDATES], rows[:, N_CANDIDATES:]
            first += len(rows)

    def descriptors(self) -> dict[str, float | None]:
        f0, periodicity = self.track()
        energy = self._energy.rows()
        audible = _audible(energy)
        voiced = f0 > 0
        share = float(voiced.sum() / max(audible.sum(), 1))
        mean = float(np.average(periodicity[audible], weights=energy[audible])) if audible.any() else 0.0
        # Beyond 40 dB the window, not the sound, is what is measured.
        periodic = min(max(mean, 1e-4), 1 - 1e-4)
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


def _audible(energy: FloatArray) -> npt.NDArray[np.bool_]:
    return np.asarray(energy > energy.max() * 10 ** (SILENCE_DB / 10))
