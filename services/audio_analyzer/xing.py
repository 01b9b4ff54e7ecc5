"""Reads what encoders leave in the first frame of an MP3 (the Xing or Info header): where its sound ends."""

from typing import BinaryIO

from services.audio_analyzer.sniff import id3_length, mpeg_frame_length

_SEARCHED_BYTES = 4096
_FRAMES_FLAG, _BYTES_FLAG = 1, 2


def declared_end(file: BinaryIO) -> int | None:
    """Give the byte at which the frames end by the header's account; ``None`` when there is no header."""
    file.seek(0)
    start = id3_length(file.read(10))
    file.seek(start)
    frame = file.read(_SEARCHED_BYTES)
    offset = next((i for i in range(len(frame) - 4) if mpeg_frame_length(frame[i : i + 4])), None)
    if offset is None:
        return None
    frame = frame[offset:]
    mark = max(frame.find(b"Xing", 0, 64), frame.find(b"Info", 0, 64))
    if mark < 0:
        return None
    flags = int.from_bytes(frame[mark + 4 : mark + 8])
    if not flags & _BYTES_FLAG:
        return None
    position = mark + 8 + (4 if flags & _FRAMES_FLAG else 0)
    return start + offset + int.from_bytes(frame[position : position + 4])
