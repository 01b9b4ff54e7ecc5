"""The mel spectrogram in decibels, kept compactly for the whole sound.

Timbre (MFCC) and onsets need it relative to the loudest moment, which is known only at the end.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from numba import njit

from services.audio_analyzer.frame_store import FrameStore
from services.audio_analyzer.mel_scale import equal_area, hz_to_mel, mel_to_hz, triangles
from services.audio_analyzer.stft import ANALYSIS_RATE_HZ, FREQUENCIES_HZ, FloatArray

N_MELS = 128
FLOOR_POWER = 1e-10
RANGE_DB = 80.0
_LOWEST_DB, _STEPS_PER_DB = -100.0, 256.0


def mel_filters() -> FloatArray:
    """Design triangular filters of equal area.

    Returns
    -------
    [shape=(N_MELS, n_bins), float32]
    """
    edges_hz = mel_to_hz(np.linspace(0.0, float(hz_to_mel(ANALYSIS_RATE_HZ / 2)), N_MELS + 2))
    frequencies = np.linspace(0, ANALYSIS_RATE_HZ / 2, len(FREQUENCIES_HZ))
    return (triangles(edges_hz, frequencies) * equal_area(edges_hz)).astype(np.float32)


_FILTERS = mel_filters()
_SPANS = np.array([(row.nonzero()[0][0], row.nonzero()[0][-1] + 1) for row in _FILTERS])


@njit(cache=True, nogil=True, error_model="numpy", fastmath=True)
def _filter(power: FloatArray, filters: FloatArray, spans: npt.NDArray[np.int64], mel: FloatArray) -> None:
    for band in range(filters.shape[0]):
        first, end = spans[band]
        weights = filters[band, first:end]
        for t in range(power.shape[0]):
            bins = power[t, first:end]
            total = np.float32(0)
            for k in range(weights.shape[0]):
                total += weights[k] * bins[k]
            mel[t, band] = total


def mel_power(power: FloatArray) -> FloatArray:
    """Give the power in each mel band: [shape=(n_frames, N_MELS), float32]."""
    mel = np.empty((len(power), N_MELS), np.float32)
    _filter(power, _FILTERS, _SPANS, mel)
    return mel


def to_decibels(power: FloatArray) -> FloatArray:
    """Give ``10 log10(power)``, no lower than that of `FLOOR_POWER`."""
    return np.asarray(10 * np.log10(np.maximum(power, np.float32(FLOOR_POWER))), np.float32)


@njit(cache=True, nogil=True, error_model="numpy")
def _to_steps(decibels: FloatArray, steps: npt.NDArray[np.uint16]) -> None:
    lowest, per_db = np.float32(_LOWEST_DB), np.float32(_STEPS_PER_DB)
    for i in range(steps.shape[0]):
        step = np.rint((decibels[i] - lowest) * per_db)
        steps[i] = np.uint16(min(max(step, np.float32(0)), np.float32(65_535)))


@njit(cache=True, nogil=True, error_model="numpy")
def _to_floored_decibels(steps: npt.NDArray[np.uint16], floor: np.float32, decibels: FloatArray) -> None:
    lowest, db_per_step = np.float32(_LOWEST_DB), np.float32(1 / _STEPS_PER_DB)
    for i in range(steps.shape[0]):
        decibels[i] = max(np.float32(steps[i]) * db_per_step + lowest, floor)


class DecibelStore:
    """Keeps frames of decibels in two bytes a value: fixed point in steps of 1/256 dB from -100 to +156 dB.

    Rounding costs at most 0.002 dB.

    Parameters
    ----------
    width
        How many values a frame has.
    """

    def __init__(self, width: int = N_MELS) -> None:
        self._steps = FrameStore(width, np.uint16)
        self.loudest_db = _LOWEST_DB

    def push(self, decibels: FloatArray) -> None:
        """Take the next frames: [shape=(n, width), float32]."""
        self.loudest_db = max(self.loudest_db, float(decibels.max()))
        steps = np.empty(decibels.shape, np.uint16)
        _to_steps(decibels.reshape(-1), steps.reshape(-1))
        self._steps.push(steps)

    def read(self) -> Iterator[FloatArray]:
        """Give all frames in order, in long runs, no lower than `RANGE_DB` under the loudest value."""
        floor = np.float32(self.loudest_db - RANGE_DB)
        for steps in self._steps.read():
            decibels = np.empty(steps.shape, np.float32)
            _to_floored_decibels(steps.reshape(-1), floor, decibels.reshape(-1))
            yield decibels


def mean_decibels(store: DecibelStore) -> float:
    """Give the mean of all values of all frames."""
    total, n = 0.0, 0
    for frames in store.read():
        total += float(frames.sum(dtype=np.float64))
        n += frames.size
    return total / n
