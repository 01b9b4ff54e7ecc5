"""The path of the fundamental through all frames, over what each frame offers.

A frame alone cannot tell an octave from the next, nor a voice from the noise beside it; its neighbours can.
The path is the cheapest one: strong candidates, few jumps, and no voice where nothing repeats.

References
----------
P. Boersma, "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise ratio of a
sampled sound", IFA Proceedings 17 (1993), section 3.5.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

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
def _cheapest(
    log2_hz: FloatArray, strengths: FloatArray, audible: npt.NDArray[np.bool_], chosen: npt.NDArray[np.int8]
) -> None:
    """Fill in which candidate each frame takes, -1 for none: the best sequence, after Viterbi."""
    n_frames, n = log2_hz.shape
    before = np.empty((n_frames, n + 1), np.int8)
    scores, following = np.zeros(n + 1), np.empty(n + 1)
    for t in range(n_frames):
        for i in range(n + 1):
            voiced = i < n
            if voiced and (strengths[t, i] <= 0 or not audible[t]):
                following[i], before[t, i] = -np.inf, n
                continue
            best, link = -np.inf, n
            for j in range(n + 1):
                score = scores[j]
                if t > 0 and score > -np.inf:
                    if voiced and j < n:
                        score -= _JUMP_COST * abs(log2_hz[t, i] - log2_hz[t - 1, j])
                    elif voiced or j < n:
                        score -= _VOICING_COST
                if score > best:
                    best, link = score, j
            own = VOICED_STRENGTH
            if voiced:
                own = strengths[t, i] + _OCTAVE_COST * (log2_hz[t, i] - _MIDDLE_LOG2_HZ)
            following[i], before[t, i] = best + own, link
        scores, following = following, scores
    i = int(scores.argmax())
    for t in range(n_frames - 1, -1, -1):
        chosen[t] = i if i < n else -1
        i = before[t, i]


def pitch_path(
    f0_hz: FloatArray, strengths: FloatArray, *, audible: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int8]:
    """Choose a candidate for every frame.

    Parameters
    ----------
    f0_hz, strengths
        [shape=(n_frames, n_candidates), float32] Fundamentals, and how much of the energy repeats with their
        period, 0 to 1; 0 where a frame has fewer candidates.
    audible
        [shape=(n_frames,), bool] Frames that may be voiced.

    Returns
    -------
    [shape=(n_frames,), int8]
        The candidate's number, -1 for a frame without a voice.
    """
    chosen = np.full(len(f0_hz), -1, np.int8)
    if len(f0_hz):
        log2_hz = np.log2(np.maximum(f0_hz, np.float32(1)))
        _cheapest(log2_hz, strengths, audible, chosen)
    return chosen
