"""Where a long sound changes its character: one texture gives way to another, with or without an onset.

After Foote, a checkerboard is moved along the diagonal of the matrix of distances between all moments. What
stands under it is the energy distance between what was just heard and what comes next (Székely and Rizzo
2013): twice the mean distance across the boundary, less the mean distances on either side of it.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

from services.audio_analyzer.dimensions import N_MFCC
from services.audio_analyzer.mel import N_MELS
from services.audio_analyzer.stft import ANALYSIS_RATE_HZ, HOP_SAMPLES, FloatArray

BLOCK_FRAMES = 11
BLOCK_S = BLOCK_FRAMES * HOP_SAMPLES / ANALYSIS_RATE_HZ
REACH_BLOCKS = 8
LEAST_DISTANCE_DB = 3.0
LEAST_SHARE = 0.4
"""How much of the distance across a boundary must be due to it: 0 within one texture, 1 between two tones."""
_LEAST_PROMINENCE = 0.5

DoubleArray = npt.NDArray[np.float64]


def _moments(coefficients: FloatArray) -> DoubleArray:
    """Average the coefficients over blocks of a quarter of a second, scaled to dB per mel band."""
    n = len(coefficients) // BLOCK_FRAMES
    blocks = coefficients[: n * BLOCK_FRAMES].reshape(n, BLOCK_FRAMES, N_MFCC)
    return np.asarray(blocks.mean(axis=1, dtype=np.float64) / np.sqrt(N_MELS))


@njit(cache=True, nogil=True, error_model="numpy")
def _distances(moments: DoubleArray, reach: int) -> DoubleArray:
    """Give the distance from each moment to the `reach` after it [shape=(n, reach)]."""
    n, size = moments.shape
    band = np.zeros((n, reach))
    for i in range(n):
        for apart in range(1, min(reach, n - i)):
            total = 0.0
            for k in range(size):
                step = moments[i, k] - moments[i + apart, k]
                total += step * step
            band[i, apart] = np.sqrt(total)
    return band


@njit(cache=True, nogil=True, error_model="numpy")
def _checkerboard(band: DoubleArray, taper: DoubleArray) -> tuple[DoubleArray, DoubleArray]:
    """Give the energy distance from the `reach`-th moment on, and its share of the distance across."""
    n, reach = band.shape[0], len(taper)
    novelty, share = np.zeros(n - 2 * reach + 1), np.zeros(n - 2 * reach + 1)
    for at in range(reach, n - reach + 1):
        across = within = across_weight = within_weight = 0.0
        for i in range(reach):
            for j in range(reach):
                weight = taper[i] * taper[j]
                across += weight * band[at - 1 - i, 1 + i + j]
                across_weight += weight
                if j > i:
                    within += weight * (band[at - 1 - j, j - i] + band[at + i, j - i])
                    within_weight += weight
        across /= across_weight
        novelty[at - reach] = 2 * across - within / within_weight
        share[at - reach] = novelty[at - reach] / (2 * across) if across > 0 else 0.0
    return novelty, share


def texture_changes(coefficients: FloatArray) -> tuple[DoubleArray, DoubleArray]:
    """Find the boundaries between textures.

    A boundary is a peak of the novelty that stands out from its surroundings by half its height, so that a
    slow sweep, which is new all the time, has none.

    Parameters
    ----------
    coefficients
        MFCC of every frame [shape=(n_frames, 20), float32].

    Returns
    -------
    times_s, novelty_db
        Where they are, and the energy distance there, in dB per mel band. None lies within two seconds of
        either end.

    References
    ----------
    Foote, Automatic audio segmentation using a measure of audio novelty (2000).
    """
    moments = _moments(coefficients)
    if len(moments) < 2 * REACH_BLOCKS:
        return np.zeros(0), np.zeros(0)
    taper = np.exp(-0.5 * (np.arange(REACH_BLOCKS) / (0.6 * REACH_BLOCKS)) ** 2)
    novelty, share = _checkerboard(_distances(moments, 2 * REACH_BLOCKS), taper)
    around = np.pad(novelty, REACH_BLOCKS, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(around, 2 * REACH_BLOCKS + 1)
    valleys = np.maximum(windows[:, : REACH_BLOCKS + 1].min(axis=1), windows[:, REACH_BLOCKS:].min(axis=1))
    found = np.flatnonzero(
        (novelty == windows.max(axis=1))
        & (novelty >= LEAST_DISTANCE_DB)
        & (share >= LEAST_SHARE)
        & (valleys <= (1 - _LEAST_PROMINENCE) * novelty)
    )
    return np.asarray((found + REACH_BLOCKS) * BLOCK_S), novelty[found]
