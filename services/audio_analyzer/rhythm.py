"""Onsets, tempo and beats, from how the mel spectrum grows."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from services.audio_analyzer.beats import track_beats
from services.audio_analyzer.mel import RANGE_DB, DecibelStore
from services.audio_analyzer.onsets import find_onsets, place_beats, place_onsets
from services.audio_analyzer.stft import FRAME_SAMPLES, HOP_SAMPLES, FloatArray
from services.audio_analyzer.tempo import FRAME_RATE_HZ, Tempo, find_tempi

LEAST_ONSETS = 4
LEAST_DURATION_S = 1.5
LEAST_CONFIDENCE = 0.3
BEGINS_WITHIN_S = 0.02
LONGEST_LOOP_S = 30.0
ACCENT_RANGE_DB = 40.0
"""How far under the loudest moment something still counts for the beat, which people tap to what is loud."""
_UNCLEAR, _CLEAR = 3.0, 6.0  # how far beats stand out of what is between them

DoubleArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What happens when in a sound.

    Attributes
    ----------
    descriptors
        Those of the group "rhythm".
    onsets_s, beats_s
        Times in rising order. Beats are there only when the tempo is.
    alternatives
        What else the tempo could be taken for, as `find_tempi` gives it.
    """

    descriptors: dict[str, float | None]
    onsets_s: tuple[float, ...]
    beats_s: tuple[float, ...] = ()
    alternatives: tuple[Tempo, ...] = ()


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _growth(frames: FloatArray, floor_db: np.float32, growth: FloatArray) -> None:
    for t in range(1, frames.shape[0]):
        total = np.float32(0)
        for band in range(frames.shape[1]):
            total += max(max(frames[t, band], floor_db) - max(frames[t - 1, band], floor_db), np.float32(0))
        growth[t - 1] = total / np.float32(frames.shape[1])


def onset_strength(mel_db: DecibelStore, *, range_db: float = RANGE_DB) -> FloatArray:
    """Give how much each frame grows over the one before, averaged over mel bands, as librosa defines it.

    Parameters
    ----------
    range_db
        What is further under the loudest moment does not count.

    Returns
    -------
    [shape=(n_frames,), float32]
        In dB. Delayed by half a frame, so that a value stands where its onset is heard.
    """
    floor_db = np.float32(mel_db.loudest_db - range_db)
    growths: list[FloatArray] = []
    before: FloatArray | None = None
    for frames in mel_db.read():
        joined = frames if before is None else np.concatenate((before, frames))
        growth = np.empty(len(joined) - 1, np.float32)
        _growth(joined, floor_db, growth)
        growths.append(growth)
        before = frames[-1:]
    grown = np.concatenate(growths)
    delay = 1 + FRAME_SAMPLES // (2 * HOP_SAMPLES)
    return np.concatenate((np.zeros(delay, np.float32), grown))[: len(grown) + 1]


def _clarity(strength: FloatArray, onsets: npt.NDArray[np.int64]) -> float:
    """Give how clearly onsets stand out, 0 for the wavering of a drone to 1 for hits."""
    contrast = float(np.median(strength[onsets]) / max(float(np.median(strength)), 1e-3))
    return min(max((contrast - _UNCLEAR) / (_CLEAR - _UNCLEAR), 0.0), 1.0)


def _rounded(times_s: DoubleArray) -> tuple[float, ...]:
    return tuple(round(float(time_s), 4) for time_s in times_s)


def measure_rhythm(
    mel_db: DecibelStore, *, levels: FloatArray, duration_s: float, begins_at_once: bool
) -> Rhythm:
    """Find onsets, tempo and beats; there is no tempo for a single hit, nor where no beat is clear.

    Parameters
    ----------
    levels
        [shape=(n_steps,), float32] What `EnvelopeFollower` gave for the same sound.
    begins_at_once
        Whether sound is there from the first moment on, which then is an onset.
    """
    strength = onset_strength(mel_db)
    onsets = find_onsets(strength, begins_at_once=begins_at_once)
    onsets_s = place_onsets(onsets, levels, duration_s=duration_s)
    descriptors: dict[str, float | None] = {
        "onset_rate_hz": len(onsets) / duration_s,
        "onset_strength": float(strength.mean(dtype=np.float64)),
        "bpm": None,
        "bpm_confidence": None,
    }
    if duration_s < LEAST_DURATION_S or len(onsets) < LEAST_ONSETS:
        return Rhythm(descriptors, _rounded(onsets_s))
    clarity = _clarity(strength, onsets[begins_at_once:])
    if clarity < LEAST_CONFIDENCE:  # a confidence is no higher
        descriptors["bpm_confidence"] = 0.0
        return Rhythm(descriptors, _rounded(onsets_s))
    accents = onset_strength(mel_db, range_db=ACCENT_RANGE_DB)
    if begins_at_once:  # nothing grows there, yet it is a beat like the others, and as late
        accents[1:3] = np.median(accents[onsets[1:]])
    may_loop = begins_at_once and duration_s <= LONGEST_LOOP_S
    tempi = find_tempi(accents, loop_s=duration_s if may_loop else None)
    confidence = tempi[0].strength * clarity if tempi else 0.0
    descriptors["bpm_confidence"] = confidence
    if confidence < LEAST_CONFIDENCE:
        return Rhythm(descriptors, _rounded(onsets_s))
    descriptors["bpm"] = bpm = tempi[0].bpm
    beats = track_beats(accents, period_frames=60 * FRAME_RATE_HZ / bpm)
    beats_s = place_beats(beats, onsets_s)
    return Rhythm(descriptors, _rounded(onsets_s), _rounded(beats_s), tempi[1:])
