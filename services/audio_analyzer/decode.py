"""Opens any sound we can read and hands out its samples, block by block, exactly once.

libsndfile reads what it can; FFmpeg reads the rest. The file is opened here, by us, and decoders get the open
descriptor: no name, no address, no second file. Vendor errors become ours in `_translated` and nowhere else.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from services.audio_analyzer import ffmpeg, sndfile, xing
from services.audio_analyzer.completeness import ends_early
from services.audio_analyzer.extremes import largest
from services.audio_analyzer.formats import Decoder, Format
from services.audio_analyzer.isobmff import is_protected
from services.audio_analyzer.riff import pcm_bits
from services.audio_analyzer.sniff import SNIFFED_BYTES, Container, id3_length, sniff
from services.audio_analyzer.stft import FloatArray
from shared.python.errors import (
    CorruptError,
    DeniedError,
    LimitError,
    NotFoundError,
    TonotopeError,
    UnavailableError,
    UnsupportedError,
)
from shared.python.models import FailureCode

# Beyond 120 dB above full scale lies no sound, but integers or noise read as floating point.
LARGEST_SAMPLE = 1e6


@dataclass(frozen=True, slots=True)
class Limits:
    """What one sound may cost."""

    duration_s: float = 12 * 3600.0
    channels: int = 32
    lowest_rate_hz: int = 1_000
    highest_rate_hz: int = 768_000


DEFAULT_LIMITS = Limits()
_LOWEST_PCM_BITS = 8

# avioflow 0.8.1 crashes on damaged WavPack and could on damaged FLAC: neither goes there (decision 0002).
_READERS = {
    Container.WAV: (sndfile.open_sound, ffmpeg.open_sound),
    Container.W64: (sndfile.open_sound,),
    Container.AIFF: (sndfile.open_sound,),
    Container.AU: (sndfile.open_sound,),
    Container.CAF: (sndfile.open_sound,),
    Container.VOC: (sndfile.open_sound,),
    Container.FLAC: (sndfile.open_sound,),
    Container.OGG: (sndfile.open_sound, ffmpeg.open_sound),
    Container.MP3: (sndfile.open_sound, ffmpeg.open_sound),
    Container.MP4: (ffmpeg.open_sound,),
    Container.AAC: (ffmpeg.open_sound,),
    Container.MATROSKA: (ffmpeg.open_sound,),
    Container.ASF: (ffmpeg.open_sound,),
    Container.APE: (ffmpeg.open_sound,),
    Container.TTA: (ffmpeg.open_sound,),
}


# Tags, pictures and padding may stand behind the frames.
_MOST_BYTES_BEHIND_MP3 = 64 * 1024


class Sound:
    """An open sound: its format, and its samples to be read once.

    Attributes
    ----------
    container, format
        What it is.
    truncated, non_finite
        Complete after the last block: the file stops before its own end; it holds samples that are no numbers
        (they are given as silence).
    n_frames
        How many frames were read so far.
    """

    def __init__(self, container: Container, decoder: Decoder, *, truncated: bool, limits: Limits) -> None:
        self.container = container
        self.format = decoder.format
        self.truncated = truncated
        self.non_finite = False
        self.n_frames = 0
        self._decoder = decoder
        self._limits = limits

    def blocks(self) -> Iterator[FloatArray]:
        """Give all samples, every one a finite number: [shape=(n_frames, n_channels), float32] each.

        Raises
        ------
        CorruptError
            Code ``empty`` when there is not one frame, ``non_finite`` when no sample is a number, ``corrupt``
            when decoding fails before the first frame. A later failure ends the sound and sets `truncated`.
        LimitError
            When the sound is longer than the limits allow.
        """
        most_frames = self._limits.duration_s * self.format.sample_rate_hz
        any_number = False
        try:
            for block in self._decoder.blocks():
                self.n_frames += len(block)
                if self.n_frames > most_frames:
                    raise LimitError(
                        f"longer than {self._limits.duration_s / 3600:g} hours, the most that is read",
                        code=FailureCode.LIMIT,
                    )
                if largest(block.reshape(-1)) <= LARGEST_SAMPLE:  # false for NaN
                    any_number = True
                    yield block
                else:
                    clean = np.abs(block) <= LARGEST_SAMPLE
                    self.non_finite = True
                    any_number |= bool(clean.any())
                    yield np.where(clean, block, np.float32(0))
        except (CorruptError, UnsupportedError):
            if self.n_frames == 0:
                raise
            self.truncated = True
        if self.n_frames == 0:
            raise CorruptError("the file holds no samples", code=FailureCode.EMPTY)
        if not any_number:
            raise CorruptError("not one sample is a finite number", code=FailureCode.NON_FINITE)
        if self.format.n_frames is not None and self.n_frames < self.format.n_frames:
            self.truncated = True


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Turn the operating system's errors into ours."""
    try:
        yield
    except FileNotFoundError as error:
        raise NotFoundError(f"{path} is not there (any more)", code=FailureCode.NOT_FOUND) from error
    except PermissionError as error:
        raise DeniedError(f"no permission to read {path}", code=FailureCode.DENIED) from error
    except OSError as error:
        raise UnavailableError(f"{path} cannot be read: {error}", code=FailureCode.UNAVAILABLE) from error


@contextmanager
def open_sound(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> Iterator[Sound]:
    """Open a sound file for reading.

    Raises
    ------
    TonotopeError
        One of its kinds, its `code` a `FailureCode`.
    """
    with _translated(path), _open_regular_file(path) as file:
        size_bytes = os.fstat(file.fileno()).st_size
        container = _recognise(file, path, size_bytes=size_bytes)
        truncated = ends_early(file, container, size_bytes=size_bytes)
        decoder = _decoder(file, container, path)
        _check_limits(decoder.format, limits)
        yield Sound(container, decoder, truncated=truncated, limits=limits)


def _open_regular_file(path: Path) -> BinaryIO:
    # Without O_NONBLOCK, opening a pipe that nobody writes to would wait forever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnsupportedError(f"{path} is no ordinary file", code=FailureCode.NOT_AUDIO)
    # Unbuffered: decoders read the descriptor itself, and must find it where we left it.
    return os.fdopen(descriptor, "rb", buffering=0)


def _recognise(file: BinaryIO, path: Path, *, size_bytes: int) -> Container:
    if size_bytes == 0:
        raise CorruptError(f"{path} has no content", code=FailureCode.EMPTY)
    head = file.read(SNIFFED_BYTES)
    tag = id3_length(head)
    if tag:
        file.seek(tag)
        head = file.read(SNIFFED_BYTES)
    container = sniff(head)
    if container is None:
        raise UnsupportedError(
            f"{path} begins like no sound that we know: {head[:8].hex(' ')}", code=FailureCode.NOT_AUDIO
        )
    if container is Container.MP4 and is_protected(file, size_bytes=size_bytes):
        raise UnsupportedError(f"{path} is encrypted by its seller (DRM)", code=FailureCode.PROTECTED)
    bits = pcm_bits(file) if container is Container.WAV else None
    if bits is not None and bits < _LOWEST_PCM_BITS:
        # libsndfile would take them for bytes, and make noise of them.
        raise UnsupportedError(
            f"{path} stores {bits} bits a sample; {_LOWEST_PCM_BITS} and more are read",
            code=FailureCode.UNSUPPORTED,
        )
    return container


def _decoder(file: BinaryIO, container: Container, path: Path) -> Decoder:
    """Open with the first reader that can; report what the last one says."""
    failure: TonotopeError = UnsupportedError(
        f"{path} is {container}, which is not read", code=FailureCode.UNSUPPORTED
    )
    readers = _READERS.get(container, ())
    if container is Container.MP3 and not _tells_its_length(file):
        readers = readers[::-1]
    for reader in readers:
        try:
            file.seek(0)
            return reader(file, container)
        except (CorruptError, UnsupportedError) as error:
            failure = type(error)(f"{path}: {error.message}", code=error.code)
    raise failure


def _tells_its_length(file: BinaryIO) -> bool:
    """Whether an MP3 says where it ends; else libsndfile guesses from one bit rate, and reads no further."""
    declared = xing.declared_end(file)
    return declared is not None and declared + _MOST_BYTES_BEHIND_MP3 > os.fstat(file.fileno()).st_size


def _check_limits(found: Format, limits: Limits) -> None:
    if not 1 <= found.channels <= limits.channels:
        raise LimitError(
            f"{found.channels} channels; at most {limits.channels} are read", code=FailureCode.LIMIT
        )
    if not limits.lowest_rate_hz <= found.sample_rate_hz <= limits.highest_rate_hz:
        raise UnsupportedError(
            f"a sampling rate of {found.sample_rate_hz} Hz; {limits.lowest_rate_hz} to "
            f"{limits.highest_rate_hz} Hz are read",
            code=FailureCode.UNSUPPORTED,
        )
