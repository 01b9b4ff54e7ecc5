"""Reads what libsndfile cannot: AAC and ALAC in MP4, bare AAC, Matroska, WMA, APE, TTA, odd WAVs.

The one place that knows FFmpeg's errors. FFmpeg here is avioflow's build, which holds no GPL part and no
demuxer that follows playlists; it is given the descriptor of our open file, so no protocol but ``file`` and
no second file is ever in play.
"""

from collections.abc import Iterator
from typing import BinaryIO

import avioflow  # type: ignore[import-untyped]
import numpy as np

from services.audio_analyzer.formats import Format
from services.audio_analyzer.sniff import Container
from services.audio_analyzer.stft import FloatArray
from shared.python.errors import CorruptError, TonotopeError, UnsupportedError
from shared.python.models import FailureCode

_BLOCK_FRAMES = 32_768
_LOSSLESS_CODECS = ("pcm_", "flac", "alac", "ape", "tta")
_BIT_DEPTHS = {"u8": 8, "s16": 16, "s32": 32, "flt": 32, "dbl": 64}
# Decoders drop the padding of the last packet, which the header may count.
_LAST_PACKET_FRAMES = 8192

avioflow.set_log_level("quiet")


def _translate(error: RuntimeError) -> TonotopeError:
    message = f"FFmpeg: {error}"
    if "find audio stream" in message:
        return UnsupportedError(message, code=FailureCode.NOT_AUDIO)
    if "find decoder" in message:
        return UnsupportedError(message, code=FailureCode.UNSUPPORTED)
    return CorruptError(message, code=FailureCode.CORRUPT)


class FfmpegDecoder:
    """A `formats.Decoder` on FFmpeg. Cover art is a video stream to FFmpeg, and is passed over."""

    def __init__(self, file: BinaryIO, container: Container) -> None:
        self._decoder = avioflow.AudioDecoder()
        self._failure: RuntimeError | None = None
        try:
            found = self._decoder.load_file(f"/dev/fd/{file.fileno()}")
        except RuntimeError as error:
            raise _translate(error) from error
        # Bare AAC and MPEG audio have no header: their length is a guess from the bit rate.
        told = found.num_samples if container not in (Container.AAC, Container.MP3) else 0
        lossless = found.codec.startswith(_LOSSLESS_CODECS)
        self.format = Format(
            codec=found.codec,
            channels=found.num_channels,
            sample_rate_hz=found.sample_rate,
            bit_depth=_BIT_DEPTHS.get(found.sample_format.removesuffix("p")) if lossless else None,
            n_frames=max(1, told - _LAST_PACKET_FRAMES) if told > 0 else None,
        )

    def blocks(self) -> Iterator[FloatArray]:
        waiting: list[FloatArray] = []
        for frame in self._frames():
            waiting.append(frame)
            if sum(map(len, waiting)) >= _BLOCK_FRAMES:
                yield np.concatenate(waiting)
                waiting = []
        if waiting:
            yield np.concatenate(waiting)
        if self._failure is not None:
            raise _translate(self._failure) from self._failure

    def _frames(self) -> Iterator[FloatArray]:
        """Give frames up to the end or to the first that cannot be decoded; `blocks` then tells."""
        while True:
            try:
                frame = self._decoder.get_frame()
            except RuntimeError as error:
                self._failure = error
                return
            if frame is None:
                return
            yield self._checked(frame)

    def _checked(self, frame: FloatArray) -> FloatArray:
        """Turn channels by frames into frames by channels, which may not become more or fewer on the way."""
        if frame.shape[0] != self.format.channels:
            raise CorruptError(
                f"FFmpeg: {frame.shape[0]} channels after {self.format.channels}", code=FailureCode.CORRUPT
            )
        return np.ascontiguousarray(frame.T, np.float32)


def open_sound(file: BinaryIO, container: Container) -> FfmpegDecoder:
    """Open a sound for `decode.open_sound`.

    Raises
    ------
    CorruptError, UnsupportedError
        When FFmpeg cannot make sense of it.
    """
    return FfmpegDecoder(file, container)
