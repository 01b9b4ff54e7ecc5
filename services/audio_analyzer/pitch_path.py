"""The path of the fundamental through all frames, over what each frame offers.

A frame alone cannot tell an octave from the next, nor a voice from the noise beside it; its neighbours can.
The path is the cheapest one: strong candidates, few jumps, and no voice where nothing repeats.

References
----------
P. Boersma, "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise ratio of a
sampled sound", IFA Proceedings 17 (1993), section 3.5.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from numba import njit

from services.audio_analyzer.growing import GrowingArray
from services.audio_analyzer.stft import ANALYSIS_RATE_HZ, HOP_SAMPLES, FloatArray

VOICED_STRENGTH = 0.5
"""How much of a frame's energy must repeat for it to be voiced."""
SILENCE_DB = -40.0
"""Frames this far under the loudest say nothing about pitch."""
_PER_FRAME = 100 * HOP_SAMPLES / ANALYSIS_RATE_HZ  # costs are given for frames of 10 ms
_OCTAVE_COST = 0.02
_JUMP_COST = 0.35 / _PER_FRAME
_VOICING_COST = 0.14 / _PER_FRAME
_MIDDLE_LOG2_HZ = 8.0  # where the octave cost is none


@njit(cache=True, nogil=True, error_model="numpy")
def _go_on(
    log2_hz: FloatArray,
    strengths: FloatArray,
    audible: npt.NDArray[np.bool_],
    last_log2_hz: FloatArray,
    scores: npt.NDArray[np.float64],
    before: npt.NDArray[np.int8],
) -> None:
    """Follow every path through some more frames, after Viterbi.

    Parameters
    ----------
    last_log2_hz
        [shape=(n,)] The candidates of the frame before; empty at the very first.
    scores
        [shape=(n + 1,)] The best path to each candidate of the frame before, and to no voice; brought up to
        the last frame.
    before
        [shape=(n_frames, n + 1)] Filled in: where the best path to each of a frame's candidates comes from.
    """
    n_frames, n = log2_hz.shape
    following, last = np.empty(n + 1), last_log2_hz
    for t in range(n_frames):
        for i in range(n + 1):
            voiced = i < n
            if voiced and (strengths[t, i] <= 0 or not audible[t]):
                following[i], before[t, i] = -np.inf, n
                continue
            best, link = -np.inf, n
            for j in range(n + 1):
                score = scores[j]
                if len(last) and score > -np.inf:
                    if voiced and j < n:
                        score -= _JUMP_COST * abs(log2_hz[t, i] - last[j])
                    elif voiced or j < n:
                        score -= _VOICING_COST
                if score > best:
                    best, link = score, j
            own = VOICED_STRENGTH
            if voiced:
                own = strengths[t, i] + _OCTAVE_COST * (log2_hz[t, i] - _MIDDLE_LOG2_HZ)
            following[i], before[t, i] = best + own, link
        scores[:] = following
        last = log2_hz[t]


@njit(cache=True, nogil=True, error_model="numpy")
def _trace_back(before: npt.NDArray[np.int8], last: int, chosen: npt.NDArray[np.int8]) -> None:
    n = before.shape[1] - 1
    i = last
    for t in range(before.shape[0] - 1, -1, -1):
        chosen[t] = i if i < n else -1
        i = before[t, i]


Run = tuple[FloatArray, FloatArray, npt.NDArray[np.bool_]]


def pitch_path(runs: Iterable[Run]) -> npt.NDArray[np.int8]:
    """Choose a candidate for every frame.

    Parameters
    ----------
    runs
        Consecutive frames: fundamentals in Hz, and how much of the energy repeats with their period, 0 to 1
        [shape=(n_frames, n_candidates), float32] each; 0 where a frame has fewer candidates. Then whether a
        frame may be voiced [shape=(n_frames,), bool].

    Returns
    -------
    [shape=(n_frames,), int8]
        The candidate's number, -1 for a frame without a voice.
    """
    last, scores = np.empty(0, np.float32), np.zeros(0)
    links: GrowingArray | None = None
    for f0_hz, strengths, audible in runs:
        log2_hz = np.log2(np.maximum(f0_hz, np.float32(1)))
        n_links = log2_hz.shape[1] + 1
        if links is None:
            links, scores = GrowingArray((n_links,), dtype=np.int8), np.zeros(n_links)
        before = np.empty((len(log2_hz), n_links), np.int8)
        _go_on(log2_hz, np.ascontiguousarray(strengths), audible, last, scores, before)
        links.append(before)
        last = log2_hz[-1].copy()
    if links is None:
        return np.empty(0, np.int8)
    chosen = np.empty(len(links), np.int8)
    _trace_back(links.rows(), int(scores.argmax()), chosen)
    return chosen
