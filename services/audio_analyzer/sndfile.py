"""Reads what libsndfile can: WAV, AIFF, FLAC, Ogg Vorbis and Opus, MP3, and the classic formats.

The one place that knows libsndfile's errors.
"""

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import soundfile

from services.audio_analyzer.formats import Format
from services.audio_analyzer.sniff import Container
from services.audio_analyzer.stft import FloatArray
from shared.python.errors import CorruptError, TonotopeError, UnavailableError, UnsupportedError
from shared.python.models import FailureCode

_BLOCK_SAMPLES = 65_536
_FLAC_READ_FRAMES = 4096
_SYSTEM_ERROR = 2  # SF_ERR_SYSTEM: the disk failed, not the file
_UNSUPPORTED_ENCODING = 4  # SF_ERR_UNSUPPORTED_ENCODING
_BIT_DEPTHS = {
    "PCM_S8": 8, "PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32, "FLOAT": 32, "DOUBLE": 64,
    "ALAC_16": 16, "ALAC_20": 20, "ALAC_24": 24, "ALAC_32": 32,
}  # fmt: skip
_MPEG_CODECS = {"MPEG_LAYER_I": "mp1", "MPEG_LAYER_II": "mp2", "MPEG_LAYER_III": "mp3"}


def _translate(error: soundfile.LibsndfileError) -> TonotopeError:
    message = f"libsndfile: {error.error_string}"
    if error.code == _SYSTEM_ERROR:
        return UnavailableError(message, code=FailureCode.UNAVAILABLE)
    if error.code == _UNSUPPORTED_ENCODING:
        return UnsupportedError(message, code=FailureCode.UNSUPPORTED)
    return CorruptError(message, code=FailureCode.CORRUPT)


class SndfileDecoder:
    """A `formats.Decoder` on libsndfile."""

    def __init__(self, file: BinaryIO, container: Container) -> None:
        try:
            self._sound = soundfile.SoundFile(file.fileno(), closefd=False)
        except soundfile.LibsndfileError as error:
            raise _translate(error) from error
        if container is Container.OGG and self._sound.frames == 0:
            raise CorruptError("libsndfile: finds no end of the Ogg stream", code=FailureCode.CORRUPT)
        codec = _codec(container, self._sound.subtype)
        self.format = Format(
            codec=codec,
            channels=self._sound.channels,
            sample_rate_hz=self._sound.samplerate,
            bit_depth=_BIT_DEPTHS.get(self._sound.subtype),
            # Of MPEG audio it is a guess.
            n_frames=None if codec in _MPEG_CODECS.values() else self._sound.frames or None,
        )
        # A read that meets damage gives nothing, so FLAC is read in runs of about its own blocks.
        self._frames_per_read = _FLAC_READ_FRAMES if codec == "flac" else _BLOCK_SAMPLES

    def blocks(self) -> Iterator[FloatArray]:
        channels = self.format.channels
        while True:
            block = np.empty((max(1, _BLOCK_SAMPLES // channels), channels), np.float32)
            n_filled, failure = self._fill(block)
            if n_filled:
                yield block[:n_filled]
            if failure is not None:
                raise _translate(failure) from failure
            if n_filled == 0:
                return

    def _fill(self, block: FloatArray) -> tuple[int, soundfile.LibsndfileError | None]:
        """Fill a block as far as the file reaches, or to its first damage, and give that."""
        filled = 0
        while filled < len(block):
            part = block[filled : filled + self._frames_per_read]
            try:
                # Unlike `read`, this does not believe the header's length.
                n = self._sound.buffer_read_into(part, dtype="float32")
            except soundfile.LibsndfileError as error:
                return filled, error
            if n == 0:
                break
            filled += n
        return filled, None


def _codec(container: Container, subtype: str) -> str:
    if container is Container.FLAC:
        return "flac"
    return _MPEG_CODECS.get(subtype, subtype.lower())


def open_sound(file: BinaryIO, container: Container) -> SndfileDecoder:
    """Open a sound for `decode.open_sound`.

    Raises
    ------
    CorruptError, UnsupportedError
        When libsndfile cannot make sense of it.
    """
    return SndfileDecoder(file, container)
