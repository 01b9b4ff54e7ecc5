"""Makes an Ogg stream reproducible: libsndfile draws the stream's serial number at random."""

import struct
import zlib

_SERIAL = 1
_REVERSED_BITS = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def _checksum(page: bytes) -> int:
    """Give the CRC of a page (RFC 3533): zlib's polynomial with bits in the other order and no inversion."""
    reflected = zlib.crc32(page.translate(_REVERSED_BITS), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{reflected:032b}"[::-1], 2)


def with_fixed_serial(stream: bytes) -> bytes:
    """Give the same Ogg stream under a fixed serial number, checksums made anew."""
    pages, start = [], 0
    while start < len(stream):
        n_segments = stream[start + 26]
        end = start + 27 + n_segments + sum(stream[start + 27 : start + 27 + n_segments])
        page = bytearray(stream[start:end])
        page[14:18] = struct.pack("<I", _SERIAL)
        page[22:26] = bytes(4)
        page[22:26] = struct.pack("<I", _checksum(bytes(page)))
        pages.append(bytes(page))
        start = end
    return b"".join(pages)
