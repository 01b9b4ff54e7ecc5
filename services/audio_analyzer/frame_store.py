"""What is kept of frames until the end of a sound, when they are read once more, in order.

A few megabytes stay in memory; hours go to a temporary file.
"""

import os
import tempfile
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt


class FrameStore:
    """Rows of numbers that arrive in blocks.

    Parameters
    ----------
    width
        How many numbers a row has.
    """

    _IN_MEMORY_BYTES = 4 * 1024**2
    _READ_FRAMES = 2048

    def __init__(self, width: int, dtype: npt.DTypeLike) -> None:
        # It is closed, and the file gone, when nobody holds it any more.
        self._file = tempfile.SpooledTemporaryFile(max_size=self._IN_MEMORY_BYTES)  # noqa: SIM115
        self._width, self._dtype = width, np.dtype(dtype)

    def push(self, frames: npt.NDArray[Any]) -> None:
        """Take the next rows: [shape=(n, width)]."""
        self._file.seek(0, os.SEEK_END)
        self._file.write(np.ascontiguousarray(frames, self._dtype).data)

    def read(self) -> Iterator[npt.NDArray[Any]]:
        """Give all rows in order, in long runs: [shape=(n, width)], not to be written to."""
        position, row_bytes = 0, self._width * self._dtype.itemsize
        while True:
            self._file.seek(position)
            read = self._file.read(self._READ_FRAMES * row_bytes)
            if not read:
                return
            position += len(read)
            yield np.frombuffer(read, self._dtype).reshape(-1, self._width)
