"""Every part of the repository has the shape that all have."""

from tools.check_parts import complaints


def test_parts_are_in_shape() -> None:
    assert complaints() == []
