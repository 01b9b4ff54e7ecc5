"""Timbre as mel-frequency cepstral coefficients (MFCC), as librosa defines them."""

from collections.abc import Iterable, Iterator

import numpy as np
import scipy.fft
from numba import njit

from services.audio_analyzer.dimensions import N_MFCC
from services.audio_analyzer.loudness import DoubleArray
from services.audio_analyzer.mel import DecibelStore
from services.audio_analyzer.stft import FloatArray

DELTA_REACH = 4  # frames to either side over which the slope is taken


def mfcc_runs(mel_db: DecibelStore) -> Iterator[FloatArray]:
    """Give the coefficients of frame after frame, in long runs [shape=(n, 20), float32]."""
    for frames in mel_db.read():
        # Copied, for a view of the first twenty would keep all 128 in memory.
        yield scipy.fft.dct(frames, axis=1, norm="ortho")[:, :N_MFCC].copy()


def mfcc(mel_db: DecibelStore) -> FloatArray:
    """Give the coefficients of every frame [shape=(n_frames, 20), float32]."""
    return np.concatenate(list(mfcc_runs(mel_db)))


@njit(cache=True, nogil=True, error_model="numpy")
def _add_slopes(padded: FloatArray, weights: FloatArray, sums: DoubleArray) -> None:
    """Add the size of the slope of a straight line through every nine frames in a row."""
    for t in range(padded.shape[0] - weights.shape[0] + 1):
        for i in range(padded.shape[1]):
            slope = np.float32(0)
            for j in range(weights.shape[0]):
                slope += weights[j] * padded[t + j, i]
            sums[i] += abs(slope)


def timbre_statistics(runs: Iterable[FloatArray]) -> tuple[DoubleArray, ...]:
    """Give mean, standard deviation and mean absolute slope of each coefficient [shape=(20,)] each.

    The first and the last frame are repeated for the slopes at the ends.

    Parameters
    ----------
    runs
        The coefficients of all frames, one run after the other, as `mfcc_runs` gives them.
    """
    reach = np.arange(-DELTA_REACH, DELTA_REACH + 1, dtype=np.float32)
    weights = reach / np.square(reach).sum()
    n, before = 0, None
    sums, squares, slopes = (np.zeros(N_MFCC) for _ in range(3))
    for run in runs:
        if before is None:
            before = np.repeat(run[:1], DELTA_REACH, axis=0)
            origin = run[0].astype(np.float64)
        n += len(run)
        # Sums of squares around any value near the mean keep all their digits.
        apart = run - origin
        sums += apart.sum(axis=0)
        squares += np.square(apart).sum(axis=0)
        padded = np.concatenate((before, run))
        _add_slopes(padded, weights, slopes)
        before = padded[-2 * DELTA_REACH :]
    assert before is not None  # noqa: S101  (every sound has a frame)
    _add_slopes(np.concatenate((before, np.repeat(before[-1:], DELTA_REACH, axis=0))), weights, slopes)
    mean = sums / n
    return origin + mean, np.sqrt(np.maximum(squares / n - np.square(mean), 0)), slopes / n


def timbre_descriptors(runs: Iterable[FloatArray]) -> dict[str, float]:
    means, deviations, slopes = timbre_statistics(runs)
    values = {}
    for i in range(N_MFCC):
        values[f"mfcc_{i + 1:02}_mean"] = float(means[i])
        values[f"mfcc_{i + 1:02}_std"] = float(deviations[i])
        values[f"mfcc_{i + 1:02}_delta"] = float(slopes[i])
    return values
