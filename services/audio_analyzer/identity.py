"""The hash of a decoded sound: the same for a WAV, an AIFF and a FLAC that hold the same samples.

It is SHA-256 over one line of ASCII, ``tonotope-audio-1 <rate in Hz> <channels>`` and a line feed, and then
over all samples, interleaved, as signed 16-bit little-endian integers: full scale is 32768, a value between
two steps goes to the nearer one (from the middle, to the even one), and what lies beyond is clipped.

So it tells sounds apart that differ within 16 bits, and no others: containers, tags and widths play no part.
"""

import hashlib

import numpy as np
import numpy.typing as npt
from numba import njit

from services.audio_analyzer.stft import FloatArray

_SCHEME = "tonotope-audio-1"


@njit(cache=True, nogil=True, error_model="numpy")
def _to_int16(samples: FloatArray, steps: npt.NDArray[np.int16]) -> None:
    for i in range(samples.shape[0]):
        step = np.rint(samples[i] * np.float32(32768))
        steps[i] = np.int16(min(max(step, np.float32(-32768)), np.float32(32767)))


class AudioHash:
    """Hashes a sound block by block; where one block ends and the next begins makes no difference."""

    def __init__(self, sample_rate_hz: int, *, channels: int) -> None:
        self._hash = hashlib.sha256(f"{_SCHEME} {sample_rate_hz} {channels}\n".encode())

    def push(self, block: FloatArray) -> None:
        """Take the next frames [shape=(n_frames, n_channels), float32], all finite."""
        steps = np.empty(block.size, "<i2")
        _to_int16(np.ascontiguousarray(block).reshape(-1), steps)
        self._hash.update(steps.data)

    def finish(self) -> str:
        """Give the hash in hexadecimal."""
        return self._hash.hexdigest()
