"""A fingerprint of how a sound goes, for finding near duplicates: about 2 KiB, however long the sound.

It is a coarse spectrogram: 16 bands of the mel spectrum, frame by frame, in steps of 3 dB under the loudest
value. A sound of more than 256 frames (5.9 s) is told at half the frame rate, or a quarter, and so on, until
it fits. Gain cancels out, codecs change little, and a trimmed sound still holds most of the same frames.

Written down it is one byte with the version, one with the binary logarithm of the hops per frame, and eight
bytes a frame, two bands in each, the lower band in the lower half; all of it in base64.
"""

import base64

import numpy as np
import numpy.typing as npt

from services.audio_analyzer.mel import N_MELS
from services.audio_analyzer.stft import FloatArray
from shared.python.errors import UnsupportedError

VERSION = 1
N_BANDS = 16
N_LEVELS = 16
STEP_DB = 3.0
MAX_FRAMES = 256
_BLOCK_FRAMES = 8192
_NO_POWER = 1e-20

Levels = npt.NDArray[np.uint8]


def halved(power: FloatArray) -> FloatArray:
    """Give every second frame [shape=(n_frames, N_BANDS)], smoothed with 1/4, 1/2, 1/4 against aliasing."""
    n_even = len(power) + len(power) % 2
    padded = np.zeros((n_even + 1, N_BANDS), np.float32)
    padded[1 : len(power) + 1] = power
    return np.asarray((padded[:-2:2] + 2 * padded[1::2] + padded[2::2]) / 4, np.float32)


class Fingerprinter:
    """Takes the mel spectrum of a sound as it comes, and keeps half a megabyte of it at most."""

    def __init__(self) -> None:
        self._pending: list[FloatArray] = []
        self._n_pending = 0
        self._settled = np.empty((0, N_BANDS), np.float32)
        self._scale = 0

    def push(self, mel: FloatArray) -> None:
        """Take the power of the next frames [shape=(n_frames, N_MELS), float32]."""
        self._pending.append(mel.reshape(len(mel), N_BANDS, N_MELS // N_BANDS).sum(axis=2))
        self._n_pending += len(mel)
        if self._n_pending >= _BLOCK_FRAMES:
            self._settle()

    def _settle(self) -> None:
        """Average a block of frames to the rate of what is kept; halve that rate when there is much of it."""
        frames = np.concatenate(self._pending)
        block, rest = frames[:_BLOCK_FRAMES], frames[_BLOCK_FRAMES:]
        self._pending, self._n_pending = [rest], len(rest)
        self._settled = np.concatenate((self._settled, _averaged(block, self._scale)))
        if len(self._settled) >= _BLOCK_FRAMES:
            self._settled = _averaged(self._settled, 1)
            self._scale += 1

    def finish(self) -> bytes | None:
        """Give the fingerprint as bytes; ``None`` for digital silence."""
        rest = np.concatenate(self._pending) if self._pending else self._settled[:0]
        power, scale = np.concatenate((self._settled, _averaged(rest, self._scale))), self._scale
        while len(power) > MAX_FRAMES:
            power, scale = halved(power), scale + 1
        levels = to_levels(power)
        audible = levels.max(axis=1, initial=0).nonzero()[0]
        if power.max(initial=0.0) <= _NO_POWER or len(audible) == 0:
            return None
        levels = levels[audible[0] : audible[-1] + 1]
        return bytes((VERSION, scale)) + (levels[:, ::2] | levels[:, 1::2] << 4).tobytes()


def _averaged(frames: FloatArray, scale: int) -> FloatArray:
    """Average runs of ``2 ** scale`` frames; what is left of the last run is dropped."""
    n = len(frames) >> scale
    return np.asarray(frames[: n << scale].reshape(n, 1 << scale, N_BANDS).mean(axis=1))


def to_levels(power: FloatArray) -> Levels:
    """Give decibels in steps under the loudest value, which is the highest level; 0 is 45 dB down or less."""
    loudest = max(float(power.max(initial=0.0)), _NO_POWER)
    steps = np.log10(np.maximum(power / loudest, np.float32(1e-9))) * (10 / STEP_DB) + (N_LEVELS - 1)
    return np.asarray(np.maximum(np.rint(steps), 0), np.uint8)


def encode(fingerprint: bytes | None) -> str | None:
    """Give the fingerprint as text, as `AnalysisDocument.fingerprint` holds it."""
    return None if fingerprint is None else base64.b64encode(fingerprint).decode()


def decode(text: str) -> tuple[int, Levels]:
    """Read a fingerprint from its text.

    Returns
    -------
    scale
        Binary logarithm of the hops per frame.
    levels
        [shape=(n_frames, N_BANDS)], 0 to 15.

    Raises
    ------
    UnsupportedError
        When it is of another version, or no fingerprint.
    """
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise UnsupportedError(f"{text[:20]!r} is no fingerprint: it is not base64") from error
    if len(content) < 10 or len(content) % (N_BANDS // 2) != 2 or content[0] != VERSION:
        raise UnsupportedError(
            f"{text[:20]!r} is no fingerprint of version {VERSION}: analyze the sound anew"
        )
    packed = np.frombuffer(content, np.uint8, offset=2).reshape(-1, N_BANDS // 2)
    levels = np.empty((len(packed), N_BANDS), np.uint8)
    levels[:, ::2], levels[:, 1::2] = packed & 15, packed >> 4
    return content[1], levels
