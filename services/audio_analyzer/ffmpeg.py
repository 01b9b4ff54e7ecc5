"""Reads what libsndfile cannot: AAC and ALAC in MP4, bare AAC, Matroska, WMA, APE, WavPack, odd WAVs.

The one place that knows FFmpeg's errors. The demuxer is named by us and reads from our open file, so no
protocol, playlist or second file is ever in play.
"""

from collections.abc import Iterator
from typing import BinaryIO

import av
import numpy as np
from av.audio.resampler import AudioResampler

from services.audio_analyzer.formats import Format
from services.audio_analyzer.sniff import Container
from services.audio_analyzer.stft import FloatArray
from shared.python.errors import CorruptError, TonotopeError, UnsupportedError
from shared.python.models import FailureCode

_DEMUXERS = {
    Container.WAV: "wav",
    Container.AIFF: "aiff",
    Container.CAF: "caf",
    Container.FLAC: "flac",
    Container.OGG: "ogg",
    Container.MP3: "mp3",
    Container.MP4: "mov",
    Container.AAC: "aac",
    Container.MATROSKA: "matroska",
    Container.ASF: "asf",
    Container.APE: "ape",
    Container.WAVPACK: "wv",
    Container.TTA: "tta",
}
_LOSSLESS_BITS = {"u8": 8, "s16": 16, "s32": 32, "s64": 64, "flt": 32, "dbl": 64}
_LOSSLESS_CODECS = ("pcm_", "flac", "alac", "ape", "wavpack", "tta")
_MAX_DAMAGED_PACKETS = 8


def _translate(error: Exception) -> TonotopeError:
    message = f"FFmpeg: {error}"
    if isinstance(error, (av.error.DecoderNotFoundError, av.error.PatchWelcomeError, NotImplementedError)):
        return UnsupportedError(message, code=FailureCode.UNSUPPORTED)
    return CorruptError(message, code=FailureCode.CORRUPT)


class FfmpegDecoder:
    """A `formats.Decoder` on FFmpeg. Cover art is a video stream to FFmpeg; only the first sound is read."""

    def __init__(self, file: BinaryIO, container: Container) -> None:
        try:
            self._container = av.open(file, mode="r", format=_DEMUXERS[container], metadata_errors="replace")
        except (av.error.FFmpegError, ValueError) as error:
            raise _translate(error) from error
        if not self._container.streams.audio:
            raise UnsupportedError("FFmpeg: there is no sound in it", code=FailureCode.NOT_AUDIO)
        self._stream = self._container.streams.audio[0]
        codec = self._stream.codec_context
        if codec is None:
            raise UnsupportedError("FFmpeg: no decoder for its codec", code=FailureCode.UNSUPPORTED)
        codec.thread_count = 1
        duration, time_base = self._stream.duration, self._stream.time_base
        # A lossy codec's last packet may hold less than it spans: one packet of slack.
        n_frames = (
            None if duration is None or time_base is None else int(duration * time_base * codec.sample_rate)
        )
        self.format = Format(
            codec=codec.name,
            channels=codec.channels,
            sample_rate_hz=codec.sample_rate,
            bit_depth=_bit_depth(codec),
            n_frames=None if n_frames is None else max(0, n_frames - 4096),
        )

    def blocks(self) -> Iterator[FloatArray]:
        try:
            for frame in self._frames():
                planes = frame.to_ndarray()
                yield np.ascontiguousarray(planes.reshape(self.format.channels, -1).T, np.float32)
        except (av.error.FFmpegError, ValueError) as error:
            raise _translate(error) from error

    def _frames(self) -> Iterator[av.AudioFrame]:
        """Decode to planar float at the stream's own rate and channels, which may not change on the way."""
        convert = AudioResampler("fltp", self._stream.layout, self.format.sample_rate_hz)
        for packet in self._container.demux(self._stream):
            for frame in packet.decode():
                if isinstance(frame, av.AudioFrame):
                    yield from convert.resample(frame)
        yield from convert.resample(None)


def _bit_depth(codec: av.AudioCodecContext) -> int | None:
    if not codec.name.startswith(_LOSSLESS_CODECS) or codec.format is None:
        return None
    return _LOSSLESS_BITS.get(codec.format.name.removesuffix("p"))


def open_sound(file: BinaryIO, container: Container) -> FfmpegDecoder:
    """Open a sound for `decode.open_sound`.

    Raises
    ------
    CorruptError, UnsupportedError
        When FFmpeg cannot make sense of it.
    """
    return FfmpegDecoder(file, container)
