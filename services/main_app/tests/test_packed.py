"""Packed points, read by a decoder of the test's own, written from the format's description."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from services.main_app.maps.packed import Section, pack_points, select_sections
from shared.python.errors import CorruptError


def decode(encoded):
    """Read packed points one by one, as plainly as possible."""
    magic, n, flags, reserved = struct.unpack_from("<4sIII", encoded, 0)
    x0, y0, x1, y1 = struct.unpack_from("<4f", encoded, 16)
    assert (magic, reserved) == (b"TNP1", 0)
    assert x1 > x0 and y1 > y0
    position = 32
    points = {"bounds": (x0, y0, x1, y1), "n": n}

    def unzigzag(value):
        return value >> 1 if value % 2 == 0 else -((value + 1) >> 1)

    if flags & 1:
        planes = [encoded[position + i * n : position + (i + 1) * n] for i in range(4)]
        x = y = 0
        steps = []
        for i in range(n):
            x = (x + unzigzag(planes[0][i] | planes[2][i] << 8)) % 65536
            y = (y + unzigzag(planes[1][i] | planes[3][i] << 8)) % 65536
            steps.append((x, y))
        points["steps"] = steps
        points["xy"] = [(x0 + x / 65535 * (x1 - x0), y0 + y / 65535 * (y1 - y0)) for x, y in steps]
        position += 4 * n
    if flags & 2:
        points["cluster"] = list(encoded[position : position + n])
        position += n
    if flags & 4:
        planes = [encoded[position + i * n : position + (i + 1) * n] for i in range(4)]
        last, ids = 0, []
        for i in range(n):
            coded = sum(planes[k][i] << 8 * k for k in range(4))
            last = (last + unzigzag(coded)) % 2**32
            ids.append(last)
        points["id"] = ids
        position += 4 * n
    assert position == len(encoded)
    return points


def morton(x, y):
    return sum(((x >> bit & 1) << 2 * bit) | ((y >> bit & 1) << 2 * bit + 1) for bit in range(16))


finite = st.floats(min_value=-1e6, max_value=1e6, width=32)


@st.composite
def layouts(draw):
    n = draw(st.integers(0, 60))
    coordinates = draw(arrays.arrays(np.float32, (n, 2), elements=finite))
    ids = draw(arrays.arrays(np.int64, n, elements=st.integers(0, 2**32 - 1)))
    labels = draw(st.none() | arrays.arrays(np.int32, n, elements=st.integers(-1, 600)))
    return coordinates, ids, labels


@given(layouts())
def test_what_is_packed_is_read_again(layout):
    coordinates, ids, labels = layout
    packed = pack_points(coordinates, ids, labels)
    points = decode(packed.encoded)
    x0, y0, x1, y1 = points["bounds"]
    assert packed.bounds == (x0, y0, x1, y1)
    assert sorted(packed.order) == list(range(len(coordinates)))
    assert points["id"] == ids[packed.order].tolist()
    expected = [-1] * len(ids) if labels is None else labels[packed.order].tolist()
    assert points["cluster"] == [255 if label < 0 else label % 255 for label in expected]
    # Of each axis its own: float32 may round the sides of a tiny square to different lengths.
    half_step = np.array([x1 - x0, y1 - y0]) / 65535 * 0.501
    distance = np.abs(np.array(points["xy"]).reshape(-1, 2) - coordinates[packed.order].reshape(-1, 2))
    assert (distance <= half_step).all()


@given(layouts())
def test_points_follow_the_morton_curve(layout):
    packed = pack_points(*layout)
    codes = [morton(x, y) for x, y in decode(packed.encoded)["steps"]]
    assert codes == sorted(codes)


def test_the_layout_fills_its_square():
    coordinates = np.array([[0, 10], [4, 10.5], [2, 10.25]], dtype=np.float32)
    points = decode(pack_points(coordinates, np.arange(3)).encoded)
    x0, y0, x1, y1 = points["bounds"]
    assert (x0, y0, x1, y1) == pytest.approx((0, 8.25, 4, 12.25), abs=1e-4)
    xs = [x for x, _ in points["steps"]]
    assert min(xs) <= 1 and max(xs) >= 65534


@pytest.mark.parametrize(
    "wanted", [Section.XY, Section.CLUSTER, Section.ID, Section.XY | Section.ID, Section(0)]
)
def test_sections_are_selected(wanted):
    rng = np.random.default_rng(5)
    packed = pack_points(
        rng.normal(size=(50, 2)).astype(np.float32), rng.integers(0, 9999, 50), rng.integers(-1, 9, 50)
    )
    everything = decode(packed.encoded)
    some = decode(select_sections(packed.encoded, wanted))
    names = {Section.XY: "xy", Section.CLUSTER: "cluster", Section.ID: "id"}
    for section, name in names.items():
        assert some.get(name) == (everything[name] if section in wanted else None)
    assert some["bounds"] == everything["bounds"]


@pytest.mark.parametrize("spoil", [lambda b: b[:20], lambda b: b[:-1], lambda b: b"TNP9" + b[4:]])
def test_what_are_no_packed_points_is_refused(spoil):
    encoded = pack_points(np.zeros((3, 2), dtype=np.float32), np.arange(3)).encoded
    with pytest.raises(CorruptError):
        select_sections(spoil(encoded), Section.XY)


def test_a_coordinate_that_is_not_finite_is_refused():
    with pytest.raises(CorruptError, match="1 coordinates are not finite"):
        pack_points(np.array([[0, np.nan]], dtype=np.float32), np.arange(1))
