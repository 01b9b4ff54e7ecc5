"""Whether a file reaches as far as its own header says.

Decoders hand out what is there and call it whole; a sound that was cut off by a full disk or a broken
download would pass for a shorter one. Each container tells its length in its own way.
"""

from typing import BinaryIO

from services.audio_analyzer.isobmff import declared_end
from services.audio_analyzer.sniff import Container, id3_length, mpeg_frame_length

# Written by programs that stream and do not know the length in advance.
_UNKNOWN_RIFF_SIZES = (0, 0x7FFFFFFF, 0x80000000)
_RIFF_SIZE_SURELY_UNKNOWN = 0xFFFFFF00
_OGG_TAIL_BYTES = 128 * 1024
_OGG_LAST_PAGE = 0x04


def ends_early(file: BinaryIO, container: Container, *, size_bytes: int) -> bool:
    """Whether the file's own account of its length reaches beyond its last byte."""
    file.seek(0)
    head = file.read(12)
    if container in (Container.WAV, Container.AIFF):
        order = "little" if head[:4] in (b"RIFF", b"RF64", b"BW64") else "big"
        declared = int.from_bytes(head[4:8], order)  # type: ignore[arg-type]
        if declared in _UNKNOWN_RIFF_SIZES or declared >= _RIFF_SIZE_SURELY_UNKNOWN:
            return False
        # Many writers forget the padding byte behind an odd last chunk.
        return declared + 8 > size_bytes + 1
    if container is Container.MP4:
        return declared_end(file, size_bytes=size_bytes) > size_bytes
    if container is Container.OGG:
        return not _ends_with_last_ogg_page(file, size_bytes)
    if container is Container.MP3:
        return _xing_declares_more(file, size_bytes)
    return False


def _ends_with_last_ogg_page(file: BinaryIO, size_bytes: int) -> bool:
    file.seek(max(0, size_bytes - _OGG_TAIL_BYTES))
    tail = file.read()
    page = tail.rfind(b"OggS")
    if page < 0 or len(tail) < page + 27:
        return False
    segments = tail[page + 27 : page + 27 + tail[page + 26]]
    end = page + 27 + len(segments) + sum(segments)
    return bool(tail[page + 5] & _OGG_LAST_PAGE) and len(segments) == tail[page + 26] and end <= len(tail)


def _xing_declares_more(file: BinaryIO, size_bytes: int) -> bool:
    """Read the byte count that encoders leave in the first frame (the Xing or Info header)."""
    file.seek(0)
    start = id3_length(file.read(10))
    file.seek(start)
    frame = file.read(4096)
    offset = next((i for i in range(len(frame) - 4) if mpeg_frame_length(frame[i : i + 4])), None)
    if offset is None:
        return False
    frame = frame[offset:]
    mark = max(frame.find(b"Xing", 0, 64), frame.find(b"Info", 0, 64))
    if mark < 0:
        return False
    flags = int.from_bytes(frame[mark + 4 : mark + 8])
    if not flags & 2:
        return False
    position = mark + 8 + (4 if flags & 1 else 0)
    declared = int.from_bytes(frame[position : position + 4])
    return start + offset + declared > size_bytes
