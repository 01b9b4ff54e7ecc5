"""What bytes are, told by how they begin: what a browser may take an original for, whatever its name says."""

UNKNOWN = "application/octet-stream"
SNIFFED_BYTES = 64

_CONTAINERS: tuple[tuple[bytes, bytes, str], ...] = (
    (b"RIFF", b"WAVE", "audio/wav"),
    (b"RF64", b"WAVE", "audio/wav"),
    (b"FORM", b"AIFF", "audio/aiff"),
    (b"FORM", b"AIFC", "audio/aiff"),
)
"""Formats that name themselves twice: at byte 0 and at byte 8."""

_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"caff", "audio/x-caf"),
    (b".snd", "audio/basic"),
    (b"wvpk", "audio/x-wavpack"),
    (b"\x1a\x45\xdf\xa3", "audio/webm"),
    (b"0&\xb2u\x8ef\xcf\x11", "audio/x-ms-wma"),
    (b"riff\x2e\x91\xcf\x11", "audio/x-w64"),
)

_PLAYED_BY_BROWSERS = frozenset(
    {"audio/wav", "audio/flac", "audio/ogg", "audio/mpeg", "audio/aac", "audio/mp4", "audio/webm"}
)


def content_type(beginning: bytes) -> str:
    """Give the media type of a sound; `UNKNOWN`, which no browser opens, for everything else.

    Parameters
    ----------
    beginning
        The first `SNIFFED_BYTES` bytes, or all when there are fewer.
    """
    for at_0, at_8, kind in _CONTAINERS:
        if beginning.startswith(at_0) and beginning[8:12] == at_8:
            return kind
    for at_0, kind in _BEGINNINGS:
        if beginning.startswith(at_0):
            return kind
    if beginning[4:8] == b"ftyp":
        return "audio/mp4"
    return _by_frame_header(beginning)


def _by_frame_header(beginning: bytes) -> str:
    """Recognise streams of bare frames: eleven set bits, then layer (MPEG audio) or 0 (AAC in ADTS)."""
    if len(beginning) < 2 or beginning[0] != 0xFF or beginning[1] & 0xE0 != 0xE0:
        return UNKNOWN
    layer = beginning[1] >> 1 & 3
    if layer == 0:
        return "audio/aac" if beginning[1] & 0xF0 == 0xF0 else UNKNOWN
    return "audio/mpeg"


def is_played_by_browsers(kind: str) -> bool:
    return kind in _PLAYED_BY_BROWSERS
