"""The outline of a waveform: at most a thousand spans, for a sound whose length is not known in advance."""

import base64

import numpy as np

from services.audio_analyzer.stft import FloatArray
from shared.python.models import Peaks

MAX_SPANS = 1000


class Outline:
    """Keeps the lowest and the highest sample of every span, over all channels.

    Spans begin as single frames. Whenever there are too many, neighbours are joined and spans are twice as
    long from there on, so between 500 and 1000 are left.
    """

    def __init__(self) -> None:
        self._span = 1
        self._pending = np.zeros((0, 2), np.float32)
        self._spans = np.zeros((0, 2), np.float32)

    def push(self, block: FloatArray) -> None:
        """Take the next frames [shape=(n_frames, n_channels), float32]."""
        lowest, highest = block[:, 0], block[:, 0]
        for channel in block.T[1:]:  # a reduction over so short an axis would be slow
            lowest, highest = np.minimum(lowest, channel), np.maximum(highest, channel)
        self._pending = np.concatenate((self._pending, np.stack((lowest, highest), axis=1)))
        while len(self._spans) + len(self._pending) // self._span > MAX_SPANS:
            self._double()
        whole = len(self._pending) // self._span * self._span
        self._spans = np.concatenate((self._spans, _joined(self._pending[:whole], self._span)))
        self._pending = self._pending[whole:]

    def _double(self) -> None:
        """Join neighbouring spans; an odd last one goes back to the frames that wait for company."""
        even = len(self._spans) // 2 * 2
        left_over = np.repeat(self._spans[even:], self._span, axis=0)
        self._spans = _joined(self._spans[:even], 2)
        self._pending = np.concatenate((left_over, self._pending))
        self._span *= 2

    def finish(self) -> Peaks:
        """Give the outline. A rest of less than half a span belongs to the last one."""
        spans = self._spans
        if len(self._pending):
            rest = _joined(self._pending, len(self._pending))
            if len(spans) and 2 * len(self._pending) < self._span:
                spans = np.concatenate((spans[:-1], _joined(np.concatenate((spans[-1:], rest)), 2)))
            else:
                spans = np.concatenate((spans, rest))
        if len(spans) > MAX_SPANS:
            spans = _joined(spans, 2)
        outline = np.rint(np.clip(spans, -1, 1) * 127).astype(np.int8)
        return Peaks(n=len(outline), data=base64.b64encode(outline.tobytes()).decode())


def _joined(extremes: FloatArray, n: int) -> FloatArray:
    """Join every `n` (lowest, highest) pairs into one."""
    starts = np.arange(0, len(extremes), n)
    if len(starts) == 0:
        return extremes[:0]
    return np.stack(
        (np.minimum.reduceat(extremes[:, 0], starts), np.maximum.reduceat(extremes[:, 1], starts)), axis=1
    )
