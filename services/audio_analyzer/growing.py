"""What is kept of every frame of a sound: one array that grows in place, however many hours the sound has.

A list of blocks would be joined at the end, when both the blocks and what they are joined to have to fit, and
the memory between its many small blocks would not be given back.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

_FIRST_ROWS = 128
_GROWTH = 1.25


class GrowingArray:
    """Rows that arrive in blocks.

    Parameters
    ----------
    row_shape
        The shape of one row; empty where a row is a number.
    """

    def __init__(self, row_shape: tuple[int, ...] = (), *, dtype: npt.DTypeLike = np.float32) -> None:
        self._rows = np.empty((_FIRST_ROWS, *row_shape), dtype)
        self._n = 0

    def __len__(self) -> int:
        return self._n

    def append(self, block: npt.NDArray[Any]) -> None:
        """Add a block of rows [shape=(n, *row_shape)]. What `rows` gave before must not be used any more."""
        end = self._n + len(block)
        if end > len(self._rows):
            # In place, where the operating system can: no second copy, and no view of ours is left behind.
            n_rows = max(end, int(_GROWTH * len(self._rows)))
            self._rows.resize((n_rows, *self._rows.shape[1:]), refcheck=False)
        self._rows[self._n : end] = block
        self._n = end

    def rows(self) -> npt.NDArray[Any]:
        """Give all rows, as a view [shape=(len(self), *row_shape)]."""
        return self._rows[: self._n]
