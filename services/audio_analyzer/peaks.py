"""The outline of a waveform: at most a thousand spans, for a sound whose length is not known in advance."""

import base64

import numpy as np
import numpy.typing as npt
from numba import njit

from services.audio_analyzer.extremes import MAGNITUDE_BITS
from services.audio_analyzer.stft import FloatArray
from shared.python.models import Peaks

MAX_SPANS = 1000
_SIGN_BIT = 31

IntArray = npt.NDArray[np.int32]


@njit(cache=True, nogil=True, error_model="numpy")
def _ordered(bits: np.int32) -> np.int32:
    """Turn the bits of a floating point number into an integer of the same order; twice gives them back.

    The least and the largest of integers, unlike of floating point numbers, are found in vector registers.
    """
    return np.int32(bits ^ ((bits >> _SIGN_BIT) & MAGNITUDE_BITS))


@njit(cache=True, nogil=True, error_model="numpy")
def _add(samples: IntArray, n_channels: int, spans: IntArray, state: npt.NDArray[np.int64]) -> None:
    """Add frames to the open span, and open new ones.

    Parameters
    ----------
    samples
        [shape=(n_frames * n_channels,)] The bits of frame after frame.
    spans
        [shape=(MAX_SPANS + 1, 2)] The lowest and the highest of each span, as `_ordered` integers.
    state
        [shape=(3,)] Length of a span, number of whole ones, and how many frames the open one has.
    """
    span, n, filled = state
    at, n_frames = 0, samples.shape[0] // n_channels
    while at < n_frames:
        taken = min(span - filled, n_frames - at)
        first = _ordered(samples[at * n_channels])
        lowest, highest = first, first
        for i in range(at * n_channels, (at + taken) * n_channels):
            value = _ordered(samples[np.uint64(i)])
            lowest, highest = np.int32(min(lowest, value)), np.int32(max(highest, value))
        if filled:
            lowest, highest = min(lowest, spans[n, 0]), max(highest, spans[n, 1])
        spans[n, 0], spans[n, 1] = lowest, highest
        at, filled = at + taken, filled + taken
        if filled < span:
            continue
        n, filled = n + 1, 0
        if n > MAX_SPANS:
            n = MAX_SPANS // 2
            for i in range(n):
                spans[i, 0] = min(spans[2 * i, 0], spans[2 * i + 1, 0])
                spans[i, 1] = max(spans[2 * i, 1], spans[2 * i + 1, 1])
            # The odd last one is half of a span that is open again.
            spans[n, 0], spans[n, 1] = spans[MAX_SPANS, 0], spans[MAX_SPANS, 1]
            span, filled = 2 * span, span
    state[0], state[1], state[2] = span, n, filled


class Outline:
    """Keeps the lowest and the highest sample of every span, over all channels.

    Spans begin as single frames. Whenever there are too many, neighbours are joined and spans are twice as
    long from there on, so between 500 and 1000 are left.
    """

    def __init__(self) -> None:
        self._spans = np.zeros((MAX_SPANS + 1, 2), np.int32)
        self._state = np.array([1, 0, 0])

    def push(self, block: FloatArray) -> None:
        """Take the next frames [shape=(n_frames, n_channels), float32]."""
        samples = np.ascontiguousarray(block).reshape(-1).view(np.int32)
        _add(samples, block.shape[1], self._spans, self._state)

    def finish(self) -> Peaks:
        """Give the outline. A rest of less than half a span belongs to the last one."""
        span, n, filled = self._state
        spans = _ordered_back(self._spans[: n + (filled > 0)])
        if n and 0 < 2 * filled < span:
            spans = np.concatenate((spans[:-2], _joined_pairs(spans[-2:])))
        if len(spans) > MAX_SPANS:
            spans = np.concatenate((_joined_pairs(spans[:MAX_SPANS]), spans[MAX_SPANS:]))
        outline = np.rint(np.clip(spans, -1, 1) * 127).astype(np.int8)
        return Peaks(n=len(outline), data=base64.b64encode(outline.tobytes()).decode())


def _ordered_back(spans: IntArray) -> FloatArray:
    return (spans ^ ((spans >> _SIGN_BIT) & np.int32(MAGNITUDE_BITS))).view(np.float32)


def _joined_pairs(spans: FloatArray) -> FloatArray:
    """Join every two (lowest, highest) pairs into one."""
    return np.stack(
        (np.minimum(spans[::2, 0], spans[1::2, 0]), np.maximum(spans[::2, 1], spans[1::2, 1])), axis=1
    )
