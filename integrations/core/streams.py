"""The bytes of one file, or of a part of it, on their way."""

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from integrations.core.errors import RangeNotSatisfiableError
from shared.python.errors import UnavailableError

CHUNK_BYTES = 256 * 1024


class ByteStream:
    """Exactly the bytes from `start` to `end`, in chunks, or an error: never fewer, never more.

    A context manager; leaving it closes the connection behind it. It can be iterated once.

    Parameters
    ----------
    chunks
        Where the bytes come from, each chunk of any length but zero.
    start, end
        What was asked for, with `end` cut to the size of the file.
    size_bytes, version
        Of the whole file that is being read.
    close
        Called once, when the block is left.

    Raises
    ------
    UnavailableError
        On iterating, when `chunks` ends early or goes on too long: a connection that broke, or a server that
        ignored the range. The bytes up to there have been given out and must be thrown away.
    """

    def __init__(
        self,
        chunks: Iterator[bytes],
        *,
        start: int,
        end: int,
        size_bytes: int,
        version: str,
        close: Callable[[], None],
    ) -> None:
        self.start = start
        self.end = end
        self.size_bytes = size_bytes
        self.version = version
        self._chunks = chunks
        self._close = close

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def __iter__(self) -> Iterator[bytes]:
        expected = self.end - self.start
        received = 0
        for chunk in self._chunks:
            received += len(chunk)
            if received > expected:
                raise UnavailableError(f"more than the {expected} bytes asked for arrived: try again")
            yield chunk
        if received < expected:
            raise UnavailableError(f"only {received} of {expected} bytes arrived: try again")

    def read(self) -> bytes:
        """Give all the bytes at once; for what is known to be small."""
        return b"".join(self)


def resolve_range(start: int, *, end: int | None, size_bytes: int) -> tuple[int, int]:
    """Cut a range to a file: `end` is exclusive, ``None`` or beyond the end means up to the end.

    Raises
    ------
    RangeNotSatisfiableError
        When it begins before 0 or behind the end, or ends before it begins. An empty one at the end is fine.
    """
    last = size_bytes if end is None else min(end, size_bytes)
    if not 0 <= start <= size_bytes or (end is not None and end < start):
        raise RangeNotSatisfiableError(
            f"bytes {start} to {'the end' if end is None else end} of a file that has {size_bytes}",
            size_bytes=size_bytes,
        )
    return start, last
