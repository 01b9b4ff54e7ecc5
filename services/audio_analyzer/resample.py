"""Brings any sampling rate to the one at which everything is measured."""

import numpy as np
import soxr

from services.audio_analyzer.stft import FloatArray


class Resampler:
    """Resamples a mono signal that arrives in pieces, with soxr's HQ filter (that of librosa's default).

    Parameters
    ----------
    from_hz, to_hz
        Sampling rates. Equal rates pass the samples through untouched.
    """

    def __init__(self, from_hz: int, *, to_hz: int) -> None:
        self._stream = (
            None
            if from_hz == to_hz
            else soxr.ResampleStream(from_hz, to_hz, 1, dtype="float32", quality="HQ")
        )

    def push(self, samples: FloatArray, *, last: bool = False) -> FloatArray:
        """Take the next samples [float32] and give what they complete; all of the rest with `last`."""
        if self._stream is None:
            return samples
        resampled: FloatArray = self._stream.resample_chunk(np.ascontiguousarray(samples), last=last)
        return resampled


def resample(samples: FloatArray, from_hz: int, *, to_hz: int) -> FloatArray:
    """Resample a whole mono signal."""
    return Resampler(from_hz, to_hz=to_hz).push(samples, last=True)
