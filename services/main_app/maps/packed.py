"""Points as a browser gets them: sorted along the Morton curve, delta-coded and split into byte planes.

All numbers are little-endian::

     0   4 bytes   magic "TNP1"
     4   u32       n, the number of points
     8   u32       flags of the sections that follow: 1 xy, 2 cluster, 4 id
    12   u32       reserved, 0
    16   4 x f32   bounds x0 y0 x1 y1: a square around the layout, spanned by u16 0 ... 65535
    32   xy        4n bytes: u16 steps of x and y, low bytes of x, of y, high bytes of x, of y
         cluster   n bytes: u8, 255 is "in no cluster"
         id        4n bytes: u32 steps, byte planes from low to high

A step is the zigzag-coded difference to the point before it (to 0 for the first), modulo the size of the
number. Neighbours on the curve are neighbours on the map, so that steps are small and compress well.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntFlag

import numpy as np
import numpy.typing as npt

from shared.python.errors import CorruptError

MEDIA_TYPE = "application/vnd.tonotope.points"
MAGIC = b"TNP1"
NO_CLUSTER = 255
_HEADER = struct.Struct("<4sIII4f")
HEADER_BYTES = _HEADER.size
_STEPS = 65535


class Section(IntFlag):
    """What is told about each point."""

    XY = 1
    CLUSTER = 2
    ID = 4

    @property
    def bytes_per_point(self) -> int:
        return 1 if self is Section.CLUSTER else 4


ALL_SECTIONS = Section.XY | Section.CLUSTER | Section.ID


@dataclass(frozen=True, slots=True)
class PackedPoints:
    """The points of one layout.

    Attributes
    ----------
    bounds
        x0, y0, x1, y1 of the square that the coordinates are steps of.
    order
        int64, shape (n,): the row of each point in the arrays that were packed.
    sections
        The bytes of each section, in the order of the flags.
    """

    bounds: tuple[float, float, float, float]
    order: npt.NDArray[np.int64]
    sections: Mapping[Section, bytes]

    @property
    def encoded(self) -> bytes:
        flags = sum(self.sections)
        header = _HEADER.pack(MAGIC, len(self.order), flags, 0, *self.bounds)
        return b"".join([header, *self.sections.values()])


def pack_points(
    coordinates: npt.NDArray[np.float32],
    audio_file_ids: npt.NDArray[np.int64],
    labels: npt.NDArray[np.int32] | None = None,
) -> PackedPoints:
    """Pack the points of a layout.

    Parameters
    ----------
    coordinates
        [shape=(n, 2)], finite.
    audio_file_ids
        [shape=(n,)], below 2^32.
    labels
        [shape=(n,)], the cluster of each point, -1 for none; without them no point is in a cluster.

    Raises
    ------
    CorruptError
        When a coordinate is not finite.
    """
    if not np.isfinite(coordinates).all():
        raise CorruptError(f"{int((~np.isfinite(coordinates)).sum())} coordinates are not finite")
    bounds = _square_around(coordinates)
    steps = _quantise(coordinates, bounds)
    order = np.argsort(_morton_code(steps), kind="stable")
    steps = steps[order]
    clusters = np.full(len(order), -1) if labels is None else labels[order].astype(np.int64)
    dx, dy = _zigzag_u16(steps[:, 0]), _zigzag_u16(steps[:, 1])
    return PackedPoints(
        bounds=bounds,
        order=order,
        sections={
            Section.XY: b"".join(
                plane.astype(np.uint8).tobytes() for plane in (dx & 255, dy & 255, dx >> 8, dy >> 8)
            ),
            Section.CLUSTER: np.where(clusters < 0, NO_CLUSTER, clusters % NO_CLUSTER)
            .astype(np.uint8)
            .tobytes(),
            Section.ID: _byte_planes(_zigzag_u32(audio_file_ids[order])),
        },
    )


def select_sections(encoded: bytes, wanted: Section) -> bytes:
    """Give packed points with only those of the `wanted` sections that they have.

    Raises
    ------
    CorruptError
        When the bytes are no packed points.
    """
    n, present = _read_header(encoded)
    parts, position = [], _HEADER.size
    for section in Section:
        if section in present:
            end = position + n * section.bytes_per_point
            if section in wanted:
                parts.append(encoded[position:end])
            position = end
    flags = struct.pack("<I", present & wanted)
    return b"".join([encoded[:8], flags, encoded[12 : _HEADER.size], *parts])


def _read_header(encoded: bytes) -> tuple[int, Section]:
    if len(encoded) < _HEADER.size:
        raise CorruptError(f"{len(encoded)} bytes are no packed points")
    magic, n, flags, *_ = _HEADER.unpack_from(encoded)
    present = Section(flags & ALL_SECTIONS)
    size = _HEADER.size + n * sum(section.bytes_per_point for section in present)
    if magic != MAGIC or flags != present or len(encoded) != size:
        raise CorruptError(f"{len(encoded)} bytes that begin with {magic!r} are no packed points")
    return n, present


def _square_around(coordinates: npt.NDArray[np.float32]) -> tuple[float, float, float, float]:
    """Give the smallest square that holds all points, in float32; of side 1 around a single one."""
    if not len(coordinates):
        return (0.0, 0.0, 1.0, 1.0)
    low, high = coordinates.min(axis=0).astype(float), coordinates.max(axis=0).astype(float)
    centre, half = (low + high) / 2, float((high - low).max()) / 2 or 0.5
    # Rounding to float32 may cut the square; a grain more on each side keeps all points inside.
    half += float(np.spacing(np.float32(np.abs(np.concatenate([low, high])).max() + half)))
    x0, y0, x1, y1 = np.concatenate([centre - half, centre + half]).astype(np.float32).tolist()
    return (x0, y0, x1, y1)


def _quantise(
    coordinates: npt.NDArray[np.float32], bounds: tuple[float, float, float, float]
) -> npt.NDArray[np.uint16]:
    low, high = np.array(bounds[:2]), np.array(bounds[2:])
    steps: npt.NDArray[np.float64] = np.rint((coordinates.astype(float) - low) / (high - low) * _STEPS)
    return np.clip(steps, 0, _STEPS).astype(np.uint16)


def _morton_code(steps: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint32]:
    """Interleave the bits of x and y; x has the even ones."""
    bits = steps.astype(np.uint32)
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        bits = (bits | bits << np.uint32(shift)) & np.uint32(mask)
    return bits[:, 0] | bits[:, 1] << np.uint32(1)


def _zigzag_u16(values: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint16]:
    steps = np.diff(values, prepend=np.uint16(0)).view(np.int16)
    return (steps << 1 ^ steps >> 15).view(np.uint16)


def _zigzag_u32(values: npt.NDArray[np.int64]) -> npt.NDArray[np.uint32]:
    steps = np.diff(values.astype(np.uint32), prepend=np.uint32(0)).view(np.int32)
    return (steps << 1 ^ steps >> 31).view(np.uint32)


def _byte_planes(values: npt.NDArray[np.uint32]) -> bytes:
    return values.astype("<u4").view(np.uint8).reshape(-1, 4).T.tobytes()
