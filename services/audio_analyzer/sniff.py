"""What a file is, by its first bytes; the name plays no part.

The table is the allow-list of containers that may reach a decoder at all. Playlists and scripts that name
other files or addresses (m3u8, concat, sdp, ...) are not in it, and so are never opened.
"""

from enum import StrEnum

SNIFFED_BYTES = 4096


class Container(StrEnum):
    """A container that we read. The value is the `format` of an analysis."""

    WAV = "wav"
    W64 = "w64"
    AIFF = "aiff"
    AU = "au"
    CAF = "caf"
    VOC = "voc"
    FLAC = "flac"
    OGG = "ogg"
    MP3 = "mp3"
    MP4 = "mp4"
    AAC = "aac"
    MATROSKA = "matroska"
    ASF = "asf"
    APE = "ape"
    WAVPACK = "wavpack"
    TTA = "tta"


_SIGNATURES: tuple[tuple[int, bytes, Container], ...] = (
    (0, b"riff\x2e\x91\xcf\x11", Container.W64),
    (0, b".snd", Container.AU),
    (0, b"caff", Container.CAF),
    (0, b"Creative Voice File\x1a", Container.VOC),
    (0, b"fLaC", Container.FLAC),
    (0, b"OggS", Container.OGG),
    (4, b"ftyp", Container.MP4),
    (4, b"moov", Container.MP4),
    (4, b"mdat", Container.MP4),
    (0, b"\x1a\x45\xdf\xa3", Container.MATROSKA),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Container.ASF),
    (0, b"MAC ", Container.APE),
    (0, b"wvpk", Container.WAVPACK),
    (0, b"TTA1", Container.TTA),
)
_RIFF_KINDS = (b"RIFF", b"RIFX", b"RF64", b"BW64")


def id3_length(head: bytes) -> int:
    """Give the number of bytes of the ID3v2 tag that `head` begins with; 0 when there is none."""
    if len(head) < 10 or head[:3] != b"ID3" or any(byte & 0x80 for byte in head[6:10]):
        return 0
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    return 10 + size + (10 if head[5] & 0x10 else 0)


def sniff(head: bytes) -> Container | None:
    """Recognise a container by the first bytes behind an ID3v2 tag; ``None`` when it is none that we read."""
    if head[:4] in _RIFF_KINDS and head[8:12] == b"WAVE":
        return Container.WAV
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return Container.AIFF
    for offset, magic, container in _SIGNATURES:
        if head[offset : offset + len(magic)] == magic:
            return container
    return _sniff_frame_sync(head)


def _sniff_frame_sync(head: bytes) -> Container | None:
    """Find MPEG audio or ADTS by two frames in a row: a lone sync word stands in any noise.

    An MP3 may begin with the rest of a frame that was cut off, so the first frame is searched for.
    """
    for start in range(min(len(head) - 4, 2048)):
        if head[start] != 0xFF:
            continue
        for length, container in (
            (mpeg_frame_length(head[start : start + 4]), Container.MP3),
            (adts_frame_length(head[start : start + 7]), Container.AAC),
        ):
            following = head[start + length : start + length + 2] if length else b""
            if len(following) == 2 and following[0] == 0xFF and following[1] & 0xFE == head[start + 1] & 0xFE:
                return container
    return None


_MPEG1_KBPS = {
    3: (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448, 0),
    2: (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 0),
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),
}
_MPEG2_KBPS = {
    3: (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256, 0),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),
    1: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),
}
_MPEG_RATES_HZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def mpeg_frame_length(header: bytes) -> int:
    """Give the length in bytes of the MPEG audio frame with this 4-byte header; 0 when it is none.

    References
    ----------
    ISO/IEC 11172-3 and 13818-3, the audio frame header.
    """
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return 0
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    bitrate_index, rate_index, padding = header[2] >> 4, header[2] >> 2 & 3, header[2] >> 1 & 1
    if version == 1 or layer == 0 or rate_index == 3 or bitrate_index in (0, 15):
        return 0
    kbps = (_MPEG1_KBPS if version == 3 else _MPEG2_KBPS)[layer][bitrate_index]
    rate_hz = _MPEG_RATES_HZ[version][rate_index]
    if layer == 3:
        return (12_000 * kbps // rate_hz + padding) * 4
    slots = 72_000 if layer == 1 and version != 3 else 144_000
    return slots * kbps // rate_hz + padding


def adts_frame_length(header: bytes) -> int:
    """Give the length in bytes of the ADTS frame with this header; 0 when it is none (ISO/IEC 13818-7)."""
    if len(header) < 7 or header[0] != 0xFF or header[1] & 0xF6 != 0xF0 or header[2] >> 2 & 15 > 12:
        return 0
    length = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    return length if length > 7 else 0
