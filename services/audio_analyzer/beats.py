"""Where the beats fall, once the tempo is known.

References
----------
D. P. W. Ellis, "Beat tracking by dynamic programming", Journal of New Music Research 36 (2007).
"""

import numpy as np
import numpy.typing as npt
from numba import njit

from services.audio_analyzer.stft import FloatArray

_TIGHTNESS = 100.0  # how much a beat out of time costs against one without an onset
_FAINTEST = 0.1  # of the usual beat: fainter ones before the first and after the last sound are none


@njit(cache=True, nogil=True, error_model="numpy")
def _best_chain(strength: FloatArray, period: float, before: npt.NDArray[np.int32]) -> int:
    """Fill in the best beat before each frame, -1 where a chain begins, and give where the best ends."""
    n = strength.shape[0]
    nearest, farthest = max(1, int(np.rint(period / 2))), int(np.rint(2 * period))
    costs = np.empty(farthest + 1)
    for back in range(nearest, farthest + 1):
        costs[back] = _TIGHTNESS * np.log(back / period) ** 2
    scores = np.empty(n)
    for t in range(n):
        best, link = 0.0, -1
        for back in range(nearest, min(farthest, t) + 1):
            score = scores[t - back] - costs[back]
            if score > best:
                best, link = score, t - back
        scores[t] = strength[t] + best
        before[t] = link
    last = max(0, n - int(np.ceil(period)))
    for t in range(last, n):
        if scores[t] > scores[last]:
            last = t
    return int(last)


def track_beats(strength: FloatArray, *, period_frames: float) -> npt.NDArray[np.int64]:
    """Find the frames of the beats: as evenly apart as can be, and on onsets as far as can be.

    Parameters
    ----------
    strength
        [shape=(n_frames,), float32] Onset strength.
    period_frames
        Frames from beat to beat at the tempo of the sound, which beats follow when it drifts.

    Returns
    -------
    [shape=(n_beats,), int64]
        In rising order; empty for a sound that does not change.
    """
    deviation = float(strength.std())
    if deviation == 0 or period_frames < 1:
        return np.zeros(0, np.int64)
    reach = np.arange(-np.ceil(period_frames / 4), np.ceil(period_frames / 4) + 1)
    bell = np.exp(-0.5 * (reach * 16 / period_frames) ** 2)
    smooth = np.convolve(strength / deviation, bell, mode="full")[len(bell) // 2 :][: len(strength)]
    before = np.empty(len(strength), np.int32)
    beat = _best_chain(smooth.astype(np.float32), period_frames, before)
    beats = []
    while beat >= 0:
        beats.append(beat)
        beat = int(before[beat])
    found = np.array(beats[::-1], np.int64)
    sounding = np.flatnonzero(smooth[found] > _FAINTEST * np.median(smooth[found]))
    return found[sounding[0] : sounding[-1] + 1] if len(sounding) else found[:0]
