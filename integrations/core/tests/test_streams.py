import pytest

from integrations.core.errors import RangeNotSatisfiableError
from integrations.core.streams import ByteStream, resolve_range
from shared.python.errors import UnavailableError


def stream(*chunks: bytes, end: int, closed: list[bool]) -> ByteStream:
    return ByteStream(
        iter(chunks), start=0, end=end, size_bytes=end, version="1", close=lambda: closed.append(True)
    )


def test_stream_gives_its_chunks_and_closes_once() -> None:
    closed: list[bool] = []
    with stream(b"ab", b"c", end=3, closed=closed) as opened:
        assert list(opened) == [b"ab", b"c"]
        assert closed == []
    assert closed == [True]


@pytest.mark.parametrize("chunks", [(b"ab",), (b"ab", b"cd"), ()], ids=["too few", "too many", "none"])
def test_stream_of_another_length_is_an_error(chunks: tuple[bytes, ...]) -> None:
    with stream(*chunks, end=3, closed=[]) as opened, pytest.raises(UnavailableError, match="3 bytes"):
        opened.read()


def test_stream_is_closed_after_an_error() -> None:
    closed: list[bool] = []
    with pytest.raises(UnavailableError), stream(b"a", end=2, closed=closed) as opened:
        opened.read()
    assert closed == [True]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, None, (0, 10)),
        (3, 5, (3, 5)),
        (3, 99, (3, 10)),
        (10, None, (10, 10)),
        (4, 4, (4, 4)),
        (10, 10, (10, 10)),
    ],
)
def test_range_is_cut_to_the_file(start: int, end: int | None, expected: tuple[int, int]) -> None:
    assert resolve_range(start, end=end, size_bytes=10) == expected


@pytest.mark.parametrize(("start", "end"), [(11, None), (11, 12), (-1, None), (5, 4), (0, -1)])
def test_range_behind_the_end_says_how_long_the_file_is(start: int, end: int | None) -> None:
    with pytest.raises(RangeNotSatisfiableError) as caught:
        resolve_range(start, end=end, size_bytes=10)
    assert caught.value.size_bytes == 10
