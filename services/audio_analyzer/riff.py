"""Reads the chunks of WAV and AIFF files, as far as completeness and sample width are concerned.

References
----------
Multimedia Programming Interface and Data Specifications 1.0 (Microsoft, 1991), RIFF WAVE.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal

ByteOrder = Literal["little", "big"]

_LITTLE_ENDIAN = (b"RIFF", b"RF64", b"BW64")
_MAX_CHUNKS = 4096
_PCM = 1


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk; its content is `length` bytes from `start`, and may reach beyond the file's last byte."""

    kind: bytes
    start: int
    length: int


def byte_order(head: bytes) -> ByteOrder:
    """Give the order in which a file with this beginning writes its numbers."""
    return "little" if head[:4] in _LITTLE_ENDIAN else "big"


def chunks(file: BinaryIO) -> Iterator[Chunk]:
    """Give the chunks behind the first twelve bytes, in order; odd ones are followed by a byte of padding."""
    file.seek(0)
    order, start = byte_order(file.read(4)), 12
    for _ in range(_MAX_CHUNKS):
        file.seek(start)
        head = file.read(8)
        if len(head) < 8:
            return
        length = int.from_bytes(head[4:], order)
        yield Chunk(head[:4], start + 8, length)
        start += 8 + length + length % 2


def ends_with_odd_chunk(file: BinaryIO, *, size_bytes: int) -> bool:
    """Whether the last byte of the file is that of a chunk of odd length, whose padding is missing."""
    return any(chunk.length % 2 == 1 and chunk.start + chunk.length == size_bytes for chunk in chunks(file))


def pcm_bits(file: BinaryIO) -> int | None:
    """Give the bits per sample of a WAV that holds plain numbers; ``None`` when it holds something else."""
    file.seek(0)
    order = byte_order(file.read(4))
    for chunk in chunks(file):
        if chunk.kind == b"fmt ":
            file.seek(chunk.start)
            form = file.read(16)
            is_pcm = len(form) == 16 and int.from_bytes(form[:2], order) == _PCM
            return int.from_bytes(form[14:], order) if is_pcm else None
    return None
