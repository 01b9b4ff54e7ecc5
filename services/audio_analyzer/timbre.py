"""Timbre as mel-frequency cepstral coefficients (MFCC), as librosa defines them."""

import numpy as np
import numpy.typing as npt
import scipy.fft

from services.audio_analyzer.mel import DecibelStore
from services.audio_analyzer.stft import FloatArray

N_MFCC = 20
DELTA_REACH = 4  # frames to either side over which the slope is taken


def mfcc(mel_db: DecibelStore) -> FloatArray:
    """Give the coefficients of every frame [shape=(n_frames, 20), float32]."""
    return np.concatenate(
        [scipy.fft.dct(frames, axis=1, norm="ortho")[:, :N_MFCC] for frames in mel_db.read()]
    )


def _slopes(coefficients: FloatArray) -> FloatArray:
    """Give the slope of each coefficient per frame: a straight line through nine frames, ends repeated."""
    reach = np.arange(-DELTA_REACH, DELTA_REACH + 1, dtype=np.float32)
    padded = np.pad(coefficients, ((DELTA_REACH, DELTA_REACH), (0, 0)), mode="edge")
    slopes = np.zeros_like(coefficients)
    for i, weight in enumerate(reach / np.square(reach).sum()):
        slopes += weight * padded[i : i + len(coefficients)]
    return slopes


def timbre_statistics(coefficients: FloatArray) -> tuple[npt.NDArray[np.float64], ...]:
    """Give mean, standard deviation and mean absolute slope of each coefficient [shape=(20,)] each."""
    return (
        coefficients.mean(axis=0, dtype=np.float64),
        coefficients.std(axis=0, dtype=np.float64),
        np.abs(_slopes(coefficients)).mean(axis=0, dtype=np.float64),
    )


def timbre_descriptors(coefficients: FloatArray) -> dict[str, float]:
    means, deviations, slopes = timbre_statistics(coefficients)
    values = {}
    for i in range(N_MFCC):
        values[f"mfcc_{i + 1:02}_mean"] = float(means[i])
        values[f"mfcc_{i + 1:02}_std"] = float(deviations[i])
        values[f"mfcc_{i + 1:02}_delta"] = float(slopes[i])
    return values
