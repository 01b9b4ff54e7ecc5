"""Tells whether a file was cut off, by what its container says about its own length.

A decoder that comes to the end of a file reports the end, and no more; so a sound that was cut off by a full
disk or a broken download would pass for a shorter one. Each container tells its length in its own way. Bare
MPEG audio and AAC tell none: of those, a file that ends inside a frame was cut off, and one that ends between
two frames is as good as whole.
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from services.audio_analyzer import xing
from services.audio_analyzer.isobmff import declared_end
from services.audio_analyzer.riff import byte_order, ends_with_odd_chunk
from services.audio_analyzer.sniff import Container, adts_frame_length, mpeg_frame_length

# Written by programs that stream and do not know the length in advance.
_UNKNOWN_RIFF_SIZES = (0, 0x7FFFFFFF, 0x80000000)
_RIFF_SIZE_SURELY_UNKNOWN = 0xFFFFFF00
_UNKNOWN_AU_SIZE = 0xFFFFFFFF
_MAX_CHUNKS = 4096
_OGG_TAIL_BYTES = 128 * 1024
_OGG_LAST_PAGE = 0x04
_FRAMES_TAIL_BYTES = 16 * 1024
_FRAMES_IN_A_ROW = 3
_ASF_FILE_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_ASF_BROADCAST = 1
_EBML_SEGMENT = 0x18538067


def ends_early(file: BinaryIO, container: Container, *, size_bytes: int) -> bool:
    """Whether the file's own account of its length reaches beyond its last byte."""
    check = _CHECKS.get(container)
    file.seek(0)
    return check is not None and check(file, size_bytes)


def _lacks_iff_bytes(file: BinaryIO, size_bytes: int) -> bool:
    """Compare with the size in the first chunk: of WAV, AIFF, and WAV beyond 4 GiB (EBU Tech 3306)."""
    head = file.read(28)
    declared = int.from_bytes(head[4:8], byte_order(head))
    if head[12:16] == b"ds64":
        declared = int.from_bytes(head[20:28], "little")
    elif declared in _UNKNOWN_RIFF_SIZES or declared >= _RIFF_SIZE_SURELY_UNKNOWN:
        return False
    missing = declared + 8 - size_bytes
    # Many writers forget the padding byte behind an odd last chunk.
    return missing > 1 or (missing == 1 and not ends_with_odd_chunk(file, size_bytes=size_bytes))


def _lacks_w64_bytes(file: BinaryIO, size_bytes: int) -> bool:
    return int.from_bytes(file.read(24)[16:], "little") > size_bytes


def _lacks_au_bytes(file: BinaryIO, size_bytes: int) -> bool:
    head = file.read(12)
    start, length = int.from_bytes(head[4:8]), int.from_bytes(head[8:12])
    return length != _UNKNOWN_AU_SIZE and start + length > size_bytes


def _lacks_caf_bytes(file: BinaryIO, size_bytes: int) -> bool:
    start = 8
    for _ in range(_MAX_CHUNKS):
        file.seek(start)
        head = file.read(12)
        length = int.from_bytes(head[4:], signed=True)
        # A size of -1 stands for all the rest; fewer bytes than a chunk's head are padding.
        if len(head) < 12 or length < 0:
            return False
        start += 12 + length
        if start > size_bytes:
            return True
    return False


def _lacks_voc_bytes(file: BinaryIO, size_bytes: int) -> bool:
    start = int.from_bytes(file.read(22)[20:], "little")
    for _ in range(_MAX_CHUNKS):
        file.seek(start)
        head = file.read(4)
        if not head or head[0] == 0:
            return False
        start += 4 + int.from_bytes(head[1:], "little")
        if len(head) < 4 or start > size_bytes:
            return True
    return False


def _lacks_mp4_bytes(file: BinaryIO, size_bytes: int) -> bool:
    return declared_end(file, size_bytes=size_bytes) > size_bytes


def _lacks_asf_bytes(file: BinaryIO, size_bytes: int) -> bool:
    """Compare with the File Properties Object (Advanced Systems Format specification, 3.2)."""
    head = file.read(4096)
    found = head.find(_ASF_FILE_PROPERTIES)
    if found < 0 or len(head) < found + 92:
        return False
    is_broadcast = int.from_bytes(head[found + 88 : found + 92], "little") & _ASF_BROADCAST
    return not is_broadcast and int.from_bytes(head[found + 40 : found + 48], "little") > size_bytes


def _lacks_matroska_bytes(file: BinaryIO, size_bytes: int) -> bool:
    """Compare with the size of the segment (RFC 8794, 9559); one that was streamed tells none."""
    start = 0
    for _ in range(2):
        file.seek(start)
        head = file.read(16)
        kind, kind_bytes = _ebml_number(head, keep_marker=True)
        length, length_bytes = _ebml_number(head[kind_bytes:], keep_marker=False)
        if length == (1 << 7 * length_bytes) - 1:
            return False
        start += kind_bytes + length_bytes + length
        if kind == _EBML_SEGMENT:
            break
    return start > size_bytes


def _ebml_number(content: bytes, *, keep_marker: bool) -> tuple[int, int]:
    """Read a number of variable length, and tell its length in bytes."""
    if not content or content[0] == 0:
        return 0, 8
    n_bytes = 9 - content[0].bit_length()
    number = int.from_bytes(content[:n_bytes])
    return number if keep_marker else number & ~(1 << 7 * n_bytes), n_bytes


def _lacks_last_ogg_page(file: BinaryIO, size_bytes: int) -> bool:
    file.seek(max(0, size_bytes - _OGG_TAIL_BYTES))
    tail = file.read()
    page = tail.rfind(b"OggS")
    if page < 0 or len(tail) < page + 27:
        return True
    segments = tail[page + 27 : page + 27 + tail[page + 26]]
    end = page + 27 + len(segments) + sum(segments)
    is_last = bool(tail[page + 5] & _OGG_LAST_PAGE)
    return not is_last or len(segments) < tail[page + 26] or end > len(tail)


def _lacks_mpeg_bytes(file: BinaryIO, size_bytes: int) -> bool:
    declared = xing.declared_end(file)
    lacks = declared is not None and declared > size_bytes
    return lacks or _ends_inside_a_frame(file, size_bytes, mpeg_frame_length)


def _lacks_adts_bytes(file: BinaryIO, size_bytes: int) -> bool:
    return _ends_inside_a_frame(file, size_bytes, adts_frame_length)


def _ends_inside_a_frame(file: BinaryIO, size_bytes: int, frame_length: Callable[[bytes], int]) -> bool:
    """Follow the last frames to the end of the file; tags behind them are none of our business."""
    file.seek(max(0, size_bytes - _FRAMES_TAIL_BYTES))
    tail = file.read()
    for start in range(len(tail)):
        ends = list(_frame_ends(tail, start, frame_length))
        is_beginning = start == 0 and size_bytes <= _FRAMES_TAIL_BYTES
        if len(ends) >= (1 if is_beginning else _FRAMES_IN_A_ROW):
            rest = tail[ends[-1] : ends[-1] + 2]
            return ends[-1] > len(tail) or (len(rest) > 0 and rest == tail[start : start + len(rest)])
    return False


def _frame_ends(tail: bytes, start: int, frame_length: Callable[[bytes], int]) -> Iterator[int]:
    while length := frame_length(tail[start : start + 7]):
        start += length
        yield start


_CHECKS: dict[Container, Callable[[BinaryIO, int], bool]] = {
    Container.WAV: _lacks_iff_bytes,
    Container.W64: _lacks_w64_bytes,
    Container.AIFF: _lacks_iff_bytes,
    Container.AU: _lacks_au_bytes,
    Container.CAF: _lacks_caf_bytes,
    Container.VOC: _lacks_voc_bytes,
    Container.OGG: _lacks_last_ogg_page,
    Container.MP3: _lacks_mpeg_bytes,
    Container.MP4: _lacks_mp4_bytes,
    Container.AAC: _lacks_adts_bytes,
    Container.MATROSKA: _lacks_matroska_bytes,
    Container.ASF: _lacks_asf_bytes,
}
"""FLAC, TTA and APE tell how many samples they hold, which the decoder counts (`Format.n_frames`)."""
