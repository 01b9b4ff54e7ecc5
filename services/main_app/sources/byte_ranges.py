"""The Range header of HTTP (RFC 9110, section 14), as far as a player needs it: one range at a time."""

import re

from integrations.core.errors import RangeNotSatisfiableError

_SINGLE = re.compile(r"bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*")


def parse_range(header: str | None, *, size_bytes: int) -> tuple[int, int] | None:
    """Give the first byte of a range and the one behind its last; ``None`` is the whole file.

    What is no single range of bytes is to be ignored, says the standard, and so it is.

    Raises
    ------
    RangeNotSatisfiableError
        When no byte of the file lies in the range.
    """
    match = _SINGLE.fullmatch(header or "")
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if first and last and int(last) < int(first):
        return None
    if first:
        start, end = int(first), min(int(last) + 1 if last else size_bytes, size_bytes)
    else:
        start, end = max(0, size_bytes - int(last)), size_bytes
    if start >= end:
        raise RangeNotSatisfiableError(
            f"the range {header!r} lies behind the file's {size_bytes} bytes", size_bytes=size_bytes
        )
    return start, end
