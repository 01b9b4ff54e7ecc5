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
from shared.python.errors import CorruptError, TonotopeError, UnsupportedError
from shared.python.models import FailureCode

_BLOCK_SAMPLES = 65_536
_UNSUPPORTED_ENCODING = 4  # SF_ERR_UNSUPPORTED_ENCODING
_BIT_DEPTHS = {
    "PCM_S8": 8, "PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32, "FLOAT": 32, "DOUBLE": 64,
    "ALAC_16": 16, "ALAC_20": 20, "ALAC_24": 24, "ALAC_32": 32,
}  # fmt: skip
_LOSSY_CODECS = {"MPEG_LAYER_I": "mp1", "MPEG_LAYER_II": "mp2", "MPEG_LAYER_III": "mp3"}


def _translate(error: soundfile.LibsndfileError) -> TonotopeError:
    message = f"libsndfile: {error.error_string}"
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
        self.format = Format(
            codec=_codec(container, self._sound.subtype),
            channels=self._sound.channels,
            sample_rate_hz=self._sound.samplerate,
            bit_depth=_BIT_DEPTHS.get(self._sound.subtype),
            n_frames=self._sound.frames or None,
        )

    def blocks(self) -> Iterator[FloatArray]:
        channels = self.format.channels
        frames_per_block = max(1, _BLOCK_SAMPLES // channels)
        while True:
            block = np.empty((frames_per_block, channels), np.float32)
            try:
                # Unlike `read`, this does not believe the header's length.
                n_frames = self._sound.buffer_read_into(block, dtype="float32")
            except soundfile.LibsndfileError as error:
                raise _translate(error) from error
            if n_frames == 0:
                return
            yield block[:n_frames]


def _codec(container: Container, subtype: str) -> str:
    if container is Container.FLAC:
        return "flac"
    return _LOSSY_CODECS.get(subtype, subtype.lower())


def open_sound(file: BinaryIO, container: Container) -> SndfileDecoder:
    """Open a sound for `decode.open_sound`.

    Raises
    ------
    CorruptError, UnsupportedError
        When libsndfile cannot make sense of it.
    """
    return SndfileDecoder(file, container)
