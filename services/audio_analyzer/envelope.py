"""The shape of a sound in time: how it begins, stays and ends."""

import numpy as np
from numba import njit

from services.audio_analyzer.extremes import energies
from services.audio_analyzer.growing import GrowingArray
from services.audio_analyzer.stft import ANALYSIS_RATE_HZ, FloatArray

HOP_SAMPLES = 64
HOP_S = HOP_SAMPLES / ANALYSIS_RATE_HZ
AUDIBLE_DB = -60.0  # against the loudest moment
ATTACK_FROM, ATTACK_TO = 0.1, 0.9
DECAY_DB = -20.0
EFFECTIVE_LEVEL = 0.1


class EnvelopeFollower:
    """Follows the RMS level of a mono signal at the analysis rate, in steps of 2.9 ms."""

    def __init__(self) -> None:
        self._pending = np.zeros(0, np.float32)
        self._levels = GrowingArray()

    def push(self, samples: FloatArray) -> None:
        self._pending = np.concatenate((self._pending, samples))
        whole = len(self._pending) // HOP_SAMPLES * HOP_SAMPLES
        self._add(self._pending[:whole])
        self._pending = self._pending[whole:]

    def _add(self, samples: FloatArray) -> None:
        self._levels.append(np.sqrt(energies(samples, HOP_SAMPLES) / HOP_SAMPLES).astype(np.float32))

    def finish(self) -> FloatArray:
        """Give the level of every step [shape=(n_steps,), float32], the last one filled up with silence."""
        if len(self._pending):
            self._add(np.concatenate((self._pending, np.zeros(HOP_SAMPLES - len(self._pending), np.float32))))
        return self._levels.rows()


def envelope_descriptors(levels: FloatArray, *, duration_s: float) -> dict[str, float | None]:
    """Describe an envelope.

    Parameters
    ----------
    levels
        [shape=(n_steps,), float32] RMS in steps of `HOP_S`.

    Returns
    -------
    The descriptors of the group "envelope"; all ``None`` for a sound without any level.
    """
    names = (
        "leading_silence_s", "trailing_silence_s", "effective_duration_s",
        "attack_time_s", "decay_s", "temporal_centroid",
    )  # fmt: skip
    if len(levels) == 0 or levels.max() <= 0:
        return dict.fromkeys(names)
    peak_at = int(levels.argmax())
    peak = float(levels[peak_at])
    audible = levels > peak * 10 ** (AUDIBLE_DB / 20)
    first, last = int(audible.argmax()), len(levels) - 1 - int(audible[::-1].argmax())
    values = (
        first * HOP_S,
        max(0.0, duration_s - (last + 1) * HOP_S),
        float(np.count_nonzero(levels >= EFFECTIVE_LEVEL * peak)) * HOP_S,
        _attack_time_s(levels, peak),
        _decay_s(levels, peak_at, peak),
        _centre_of_energy(levels[first : last + 1]) / (last + 1 - first),
    )
    return dict(zip(names, values, strict=True))


@njit(cache=True, nogil=True, error_model="numpy")
def _centre_of_energy(levels: FloatArray) -> float:
    """Give the mean position of the energy, in steps from the beginning."""
    energy, moment = 0.0, 0.0
    for i in range(levels.shape[0]):
        here = np.float64(levels[i]) * np.float64(levels[i])
        energy += here
        moment += here * (i + 0.5)
    return moment / energy


def _attack_time_s(levels: FloatArray, peak: float) -> float:
    """Measure the rise from 10 % to 90 % of the peak, between the last step under the one and the first over
    the other; crossings are interpolated.
    """
    end = int(np.argmax(levels >= ATTACK_TO * peak))
    below = levels[: end + 1] < ATTACK_FROM * peak
    start = end - int(below[::-1].argmax()) if below.any() else -1
    return (
        max(_crossing(levels, end - 1, ATTACK_TO * peak) - _crossing(levels, start, ATTACK_FROM * peak), 0.0)
        * HOP_S
    )


def _crossing(levels: FloatArray, before: int, level: float) -> float:
    """Give the position, in steps, at which the line from step `before` to the next reaches `level`."""
    low = float(levels[before]) if before >= 0 else 0.0
    high = float(levels[before + 1])
    return before + min(max((level - low) / (high - low), 0.0), 1.0) if high > low else float(before + 1)


def _decay_s(levels: FloatArray, peak_at: int, peak: float) -> float | None:
    """Measure the time from the peak to where the level is 20 dB lower for good; ``None`` if it never is."""
    still_loud = levels[peak_at:] >= peak * 10 ** (DECAY_DB / 20)
    last = len(levels) - 1 - int(still_loud[::-1].argmax())
    return None if last + 1 >= len(levels) else (last + 1 - peak_at) * HOP_S
