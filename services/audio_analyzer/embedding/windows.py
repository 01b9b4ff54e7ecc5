"""Cuts a sound that arrives block by block into the windows that a model hears."""

from collections.abc import Iterator

import numpy as np

from services.audio_analyzer.resample import Resampler
from services.audio_analyzer.stft import FloatArray


class Windows:
    """Brings a sound to a model's rate and channels, and cuts it into windows.

    Window w begins ``w * hop_samples`` into the sound. What is left at the end is a last window, padded with
    silence, when it fills at least half of one or when there is no other; else it is not heard.

    Parameters
    ----------
    from_hz, to_hz
        Sampling rates of the sound and of the model.
    n_channels
        1: the mean of the channels. 2: left and right, or twice the mean of what is not two channels.
    """

    def __init__(
        self, *, from_hz: int, to_hz: int, n_channels: int, window_samples: int, hop_samples: int
    ) -> None:
        self._resamplers = [Resampler(from_hz, to_hz=to_hz) for _ in range(n_channels)]
        self._window, self._hop = window_samples, hop_samples
        self._pending = np.empty((n_channels, 0), np.float32)
        self._n_given = 0

    def push(self, block: FloatArray) -> Iterator[FloatArray]:
        """Take the next samples [shape=(n, n_channels of the sound)] and give the windows that they complete.

        Each is float32, shape (n_channels, window_samples).
        """
        yield from self._cut(self._arranged(block), last=False)

    def finish(self) -> Iterator[FloatArray]:
        """Give the windows that are still open."""
        yield from self._cut(np.empty((len(self._resamplers), 0), np.float32), last=True)
        n_rest = self._pending.shape[1]
        n_new = n_rest - (self._window - self._hop) if self._n_given else n_rest
        if not self._n_given or (n_new > 0 and 2 * n_rest >= self._window):
            yield np.pad(self._pending, ((0, 0), (0, self._window - n_rest)))

    def _arranged(self, block: FloatArray) -> FloatArray:
        if len(self._resamplers) == block.shape[1]:
            return block.T
        mean = block.mean(axis=1, dtype=np.float32)
        return np.broadcast_to(mean, (len(self._resamplers), len(mean)))

    def _cut(self, samples: FloatArray, *, last: bool) -> Iterator[FloatArray]:
        resampled = [
            resampler.push(channel, last=last)
            for resampler, channel in zip(self._resamplers, samples, strict=True)
        ]
        self._pending = np.concatenate((self._pending, np.stack(resampled)), axis=1)
        start = 0
        while start + self._window <= self._pending.shape[1]:
            yield self._pending[:, start : start + self._window]
            self._n_given += 1
            start += self._hop
        self._pending = self._pending[:, start:]
