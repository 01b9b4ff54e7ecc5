import pytest

from integrations.core.errors import RangeNotSatisfiableError
from services.main_app.sources.byte_ranges import parse_range


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-", (0, 100)),
        ("bytes=0-0", (0, 1)),
        ("bytes=10-19", (10, 20)),
        ("bytes=90-1000", (90, 100)),
        ("bytes=-10", (90, 100)),
        ("bytes=-1000", (0, 100)),
        ("bytes = 5 - 6", (5, 7)),
        (None, None),
        ("bytes=-", None),
        ("bytes=9-5", None),
        ("bytes=0-1,5-6", None),
        ("items=0-1", None),
        ("bytes=a-b", None),
    ],
)
def test_ranges_are_understood(header, expected):
    assert parse_range(header, size_bytes=100) == expected


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_behind_the_end_is_refused(header):
    with pytest.raises(RangeNotSatisfiableError) as refused:
        parse_range(header, size_bytes=100)
    assert refused.value.size_bytes == 100


def test_an_empty_file_has_no_range():
    with pytest.raises(RangeNotSatisfiableError):
        parse_range("bytes=0-", size_bytes=0)
