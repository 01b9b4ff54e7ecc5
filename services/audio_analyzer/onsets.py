"""Where something begins in a sound, first to a frame, then to a few milliseconds."""

import numpy as np
import numpy.typing as npt

from services.audio_analyzer.envelope import HOP_S
from services.audio_analyzer.stft import ANALYSIS_RATE_HZ, HOP_SAMPLES, FloatArray

FRAME_S = HOP_SAMPLES / ANALYSIS_RATE_HZ
APART_S = 0.05
SURROUNDINGS_S = 0.25
LATE_FRAMES = 1.25
"""How long after an onset a frame of 2048 samples grows most, in frames, over clicks, drums and tones."""
LEAST_RISE_DB = 6.0
_LEAST_GROWTH_DB = 0.1  # what a steady tone wavers from frame to frame stays under it
_BEGINNING_FRAMES = 4  # in which what begins at once still grows
_RISE_STEPS = 3
_REACH_S = 1.5 * FRAME_S
_SAME_BEAT_S = 0.07
_FLOOR = 1e-6

DoubleArray = npt.NDArray[np.float64]


def find_onsets(strength: FloatArray, *, begins_at_once: bool) -> npt.NDArray[np.int64]:
    """Find the frames where something begins: peaks that stand out from their surroundings.

    With `begins_at_once` the first frame is one of them: nothing before it shows that it grew.
    """
    apart = round(APART_S / FRAME_S)
    around = round(SURROUNDINGS_S / FRAME_S)
    total = np.concatenate(([0.0], np.cumsum(np.pad(strength, around), dtype=np.float64)))
    surroundings = (total[2 * around + 1 :] - total[: -2 * around - 1]) / (2 * around + 1)
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(strength, apart), 2 * apart + 1)
    peaks = strength >= windows.max(axis=1)
    least = max(_LEAST_GROWTH_DB, 0.07 * float(strength.max()) + 0.25 * float(np.median(strength)))
    candidates = np.flatnonzero(peaks & (strength > surroundings + least))
    kept = [0] if begins_at_once else []
    for frame in candidates:
        if not kept or frame - kept[-1] > (apart if kept[-1] else _BEGINNING_FRAMES):
            kept.append(int(frame))
    return np.array(kept, np.int64)


def place_onsets(onsets: npt.NDArray[np.int64], levels: FloatArray, *, duration_s: float) -> DoubleArray:
    """Give the times of onsets: where the level rises most steeply around the frame, if it rises at all.

    Parameters
    ----------
    onsets
        [shape=(n_onsets,), int64] Frames.
    levels
        [shape=(n_steps,), float32] RMS in steps of `HOP_S`.

    Returns
    -------
    [shape=(n_onsets,), float64]
        In seconds, rising, between 0 and `duration_s`. Within 10 ms for hits; within a frame for what comes
        in under something louder, whose own rise is not to be seen.
    """
    times = np.asarray(np.clip((onsets - LATE_FRAMES) * FRAME_S, 0.0, duration_s))
    if len(levels) <= 2 * _RISE_STEPS or len(onsets) == 0:
        return times
    reach = np.arange(-round(_REACH_S / HOP_S), round(_REACH_S / HOP_S) + 1)
    steps = np.rint(times / HOP_S).astype(np.int64)[:, None] + reach
    before = levels[np.clip(steps - 1, 0, len(levels) - 1)]
    after = levels[np.clip(steps + _RISE_STEPS - 1, 0, len(levels) - 1)]
    floor = np.float32(_FLOOR) + np.float32(0.01) * after.max(axis=1, keepdims=True)
    rises = 20 * np.log10((after + floor) / (before + floor))
    steepest = rises.argmax(axis=1)
    seen = rises.max(axis=1) >= LEAST_RISE_DB
    times = np.where(seen, (steps[np.arange(len(onsets)), steepest]) * HOP_S, times)
    times[onsets == 0] = 0.0
    return np.asarray(np.maximum.accumulate(np.clip(times, 0.0, duration_s)))


def place_beats(beats: npt.NDArray[np.int64], onsets_s: DoubleArray) -> DoubleArray:
    """Give the times of beats, in seconds: that of the onset which made the beat, where there is one."""
    times = np.asarray(np.maximum((beats - LATE_FRAMES) * FRAME_S, 0.0))
    if len(onsets_s) == 0 or len(beats) == 0:
        return times
    following = np.clip(np.searchsorted(onsets_s, times), 1, max(len(onsets_s) - 1, 1))
    either = onsets_s[np.minimum(np.stack((following - 1, following)), len(onsets_s) - 1)]
    nearest = np.where(np.abs(either[0] - times) <= np.abs(either[1] - times), either[0], either[1])
    return np.asarray(np.where(np.abs(nearest - times) <= _SAME_BEAT_S, nearest, times))
