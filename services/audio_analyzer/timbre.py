"""Timbre as mel-frequency cepstral coefficients (MFCC), as librosa defines them."""

import numpy as np
import numpy.typing as npt
import scipy.fft

from services.audio_analyzer.dimensions import N_MFCC
from services.audio_analyzer.mel import DecibelStore
from services.audio_analyzer.stft import FloatArray

_FRAMES_AT_ONCE = 16_384
DELTA_REACH = 4  # frames to either side over which the slope is taken


def mfcc(mel_db: DecibelStore) -> FloatArray:
    """Give the coefficients of every frame [shape=(n_frames, 20), float32]."""
    # Copied, for a view of the first twenty would keep all 128 in memory.
    return np.concatenate(
        [scipy.fft.dct(frames, axis=1, norm="ortho")[:, :N_MFCC].copy() for frames in mel_db.read()]
    )


def _slopes(padded: FloatArray) -> FloatArray:
    """Give the slope of a straight line through every nine frames in a row."""
    reach = np.arange(-DELTA_REACH, DELTA_REACH + 1, dtype=np.float32)
    n = len(padded) - 2 * DELTA_REACH
    slopes = np.zeros((n, padded.shape[1]), np.float32)
    for i, weight in enumerate(reach / np.square(reach).sum()):
        slopes += weight * padded[i : i + n]
    return slopes


def timbre_statistics(coefficients: FloatArray) -> tuple[npt.NDArray[np.float64], ...]:
    """Give mean, standard deviation and mean absolute slope of each coefficient [shape=(20,)] each.

    The first and the last frame are repeated for the slopes at the ends.
    """
    n = len(coefficients)
    mean = coefficients.mean(axis=0, dtype=np.float64)
    squares, slopes = np.zeros_like(mean), np.zeros_like(mean)
    padded = np.pad(coefficients, ((DELTA_REACH, DELTA_REACH), (0, 0)), mode="edge")
    for start in range(0, n, _FRAMES_AT_ONCE):
        part = padded[start : start + _FRAMES_AT_ONCE + 2 * DELTA_REACH]
        slopes += np.abs(_slopes(part)).sum(axis=0, dtype=np.float64)
        squares += np.square(part[DELTA_REACH:-DELTA_REACH] - mean).sum(axis=0)
    return mean, np.sqrt(squares / n), slopes / n


def timbre_descriptors(coefficients: FloatArray) -> dict[str, float]:
    means, deviations, slopes = timbre_statistics(coefficients)
    values = {}
    for i in range(N_MFCC):
        values[f"mfcc_{i + 1:02}_mean"] = float(means[i])
        values[f"mfcc_{i + 1:02}_std"] = float(deviations[i])
        values[f"mfcc_{i + 1:02}_delta"] = float(slopes[i])
    return values
