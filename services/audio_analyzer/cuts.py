"""Where a sound can be cut: its level in steps of 3 ms, and the quietest sample of each step."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.ndimage

from services.audio_analyzer.level import SILENT_PEAK
from services.audio_analyzer.stft import FloatArray

STEP_S = 0.003
CLOSES_DB, OPENS_DB = -60.0, -50.0
"""Against the loudest moment: under the first nothing is heard; what never reaches the second is no event."""
SHORTEST_GAP_S = 0.05
_HOLD_STEPS = 4  # 12 ms: more than half a period of 42 Hz, so that a low tone has a steady level
_LATE_S = 0.025  # a spectrum grows most between 10 and 45 ms after the attack
_SEARCH_S = 0.035
_CLEAR_RISE_DB = 3.0
_SILENCE = 1e-5

StepArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cuts:
    """The level of a whole sound, and where it can be cut.

    Attributes
    ----------
    levels
        Highest absolute sample of each step [shape=(n_steps,), float32].
    frames
        The quietest frame of each step [shape=(n_steps,), int64]: near a zero crossing.
    step_s
        Length of a step in seconds.
    n_frames
        Length of the sound.
    """

    levels: FloatArray
    frames: StepArray
    step_s: float
    n_frames: int

    def steps(self, duration_s: float) -> int:
        """Give how many steps a duration takes, at least one."""
        return max(1, round(duration_s / self.step_s))

    def audible(self) -> list[tuple[int, int]]:
        """Give the stretches that are heard, as first step and the one after the last."""
        held = scipy.ndimage.maximum_filter1d(self.levels, 2 * _HOLD_STEPS + 1, mode="constant")
        loudest = float(self.levels.max(initial=0))
        if loudest < SILENT_PEAK:
            return []
        heard = held > max(loudest * 10 ** (CLOSES_DB / 20), SILENT_PEAK)
        edges = np.flatnonzero(np.diff(heard, prepend=False, append=False))
        stretches = [(int(first), int(after)) for first, after in edges.reshape(-1, 2)]
        joined: list[tuple[int, int]] = []
        for first, after in stretches:
            if joined and first - joined[-1][1] < self.steps(SHORTEST_GAP_S):
                joined[-1] = (joined[-1][0], after)
            else:
                joined.append((first, after))
        opens = max(loudest * 10 ** (OPENS_DB / 20), SILENT_PEAK)
        return [(first, after) for first, after in joined if held[first:after].max() >= opens]

    def attack(self, time_s: float) -> tuple[int, float]:
        """Find the step in which the level rises most, where the growth of the spectrum peaks at a time.

        Returns
        -------
        step, rise_db
            The quiet step just before the rise, and by how much the level rises. Where it hardly does, the
            step is the likeliest one.
        """
        at = min(round((time_s - _LATE_S) / self.step_s), len(self.levels) - 1)
        reach = self.steps(_SEARCH_S)
        low, high = max(1, at - reach), min(len(self.levels), at + reach + 1)
        if high <= low:
            return max(at, 0), 0.0
        around = np.pad(self.levels[max(0, low - _HOLD_STEPS) : high + _HOLD_STEPS - 1], _HOLD_STEPS)
        held = np.lib.stride_tricks.sliding_window_view(around, _HOLD_STEPS).max(axis=1)
        first = min(low, _HOLD_STEPS) + _HOLD_STEPS
        after, before = held[first : first + high - low], held[first - _HOLD_STEPS :][: high - low]
        rises = _decibels(after) - _decibels(before)
        # The last of the best, for the attack is in the window after a step some steps before it.
        best = low + int(np.flatnonzero(rises >= rises.max() - 1.0)[-1])
        rise_db = float(rises.max())
        if rise_db < _CLEAR_RISE_DB:
            return max(at, 0), rise_db
        quiet = max(0, best - 2)
        return quiet + int(self.levels[quiet : best + 1].argmin()), rise_db

    def growth_db(self, step: int, *, apart_s: float, width_s: float) -> float:
        """Give by how much the level grows from before a step to after it.

        Parameters
        ----------
        apart_s
            How far from the step, to either side, the level is taken.
        width_s
            Over how long a stretch it is taken.
        """
        apart, width = self.steps(apart_s), self.steps(width_s)
        before = self.levels[max(0, step - apart - width) : max(0, step - apart)]
        after = self.levels[step + apart : step + apart + width]
        return float(_decibels(after.max(initial=0)) - _decibels(before.max(initial=0)))


def _decibels(levels: npt.ArrayLike) -> npt.NDArray[np.float64]:
    return np.asarray(20 * np.log10(np.maximum(np.asarray(levels, np.float64), _SILENCE)))


class CutFinder:
    """Takes a mono sound piece by piece, and keeps 12 bytes for every three milliseconds of it."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._rate_hz = sample_rate_hz
        self._step = max(1, round(STEP_S * sample_rate_hz))
        self._pending = np.zeros(0, np.float32)
        self._levels: list[FloatArray] = []
        self._frames: list[StepArray] = []
        self._n_frames = 0

    def push(self, samples: FloatArray) -> None:
        """Take the next samples [float32]."""
        sizes = np.concatenate((self._pending, np.abs(samples)))
        whole = len(sizes) // self._step * self._step
        self._add(sizes[:whole].reshape(-1, self._step))
        self._pending = sizes[whole:]

    def _add(self, steps: FloatArray) -> None:
        starts = self._n_frames + np.arange(len(steps)) * self._step
        self._levels.append(steps.max(axis=1))
        self._frames.append(starts + steps.argmin(axis=1))
        self._n_frames += steps.size

    def finish(self) -> Cuts:
        """Give what was found; a last step may be shorter than the others."""
        if len(self._pending):
            self._add(self._pending[None])
        return Cuts(
            levels=np.concatenate(self._levels) if self._levels else np.zeros(0, np.float32),
            frames=np.concatenate(self._frames) if self._frames else np.zeros(0, np.int64),
            step_s=self._step / self._rate_hz,
            n_frames=self._n_frames,
        )
