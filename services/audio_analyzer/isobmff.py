"""Reads the boxes of MP4 and M4A files, as far as protection and completeness are concerned.

References
----------
ISO/IEC 14496-12, the ISO base media file format.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

PROTECTED_ENTRIES = (b"drms", b"enca")
_PATH_TO_SAMPLE_ENTRIES = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
_MAX_BOXES = 4096


@dataclass(frozen=True, slots=True)
class Box:
    """A box; its content is the bytes from `start` to `end`, which may lie beyond the last of the file."""

    kind: bytes
    start: int
    end: int


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[Box]:
    for _ in range(_MAX_BOXES):
        file.seek(start)
        header = file.read(8)
        if start + 8 > end or len(header) < 8:
            return
        size, kind, content = int.from_bytes(header[:4]), header[4:], start + 8
        if size == 1:
            size, content = int.from_bytes(file.read(8)), start + 16
        elif size == 0:
            size = end - start
        if size < content - start:
            return
        yield Box(kind, content, start + size)
        start += size


def is_protected(file: BinaryIO, *, size_bytes: int) -> bool:
    """Whether a sound in the file is encrypted: a sample entry is ``drms`` (FairPlay) or ``enca`` (CENC)."""
    spans = [(0, size_bytes)]
    for kind in _PATH_TO_SAMPLE_ENTRIES:
        spans = [
            (box.start, min(box.end, size_bytes))
            for start, end in spans
            for box in _boxes(file, start, end)
            if box.kind == kind
        ]
    # stsd is a full box: four bytes of version and flags and four of a count stand before its entries.
    return any(
        entry.kind in PROTECTED_ENTRIES for start, end in spans for entry in _boxes(file, start + 8, end)
    )


def declared_end(file: BinaryIO, *, size_bytes: int) -> int:
    """Give the byte at which the last box of the file ends by its own account."""
    return max((box.end for box in _boxes(file, 0, size_bytes)), default=size_bytes)
