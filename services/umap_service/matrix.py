"""Matrices of sounds: checked when they come in, and brought to one scale.

A matrix has one row per sound and one column per measured value.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from shared.python.errors import CorruptError

Matrix = npt.NDArray[np.float32]

_IQR_OF_NORMAL = 1.3489795
"""Of the standard normal distribution: makes the robust scale read as a standard deviation."""

_LIMIT = 6.0
"""Values beyond this many scales are drawn in, so that one freak value cannot outweigh all others."""

_CONSTANT = 1e-6
"""A column whose scale is below this share of its largest magnitude varies by rounding only."""


def checked_matrix(array: npt.NDArray[Any], *, name: str = "matrix") -> Matrix:
    """Give the array as a contiguous float32 matrix.

    Raises
    ------
    CorruptError
        When it is not two-dimensional, holds no real numbers, or a row holds NaN or infinity (the first such
        row is named).
    """
    if array.ndim != 2:
        raise CorruptError(
            f"the {name} has shape {array.shape}: one row per sound, one column per value is needed"
        )
    if array.dtype.kind not in "fiub":
        raise CorruptError(f"the {name} holds {array.dtype} where real numbers are needed")
    if array.shape[1] == 0 and array.shape[0] > 0:
        raise CorruptError(f"the {name} has {array.shape[0]} rows and no columns")
    with np.errstate(over="ignore"):
        matrix = np.ascontiguousarray(array, dtype=np.float32)
    # One pass without a temporary of the matrix' size: NaN and infinity survive the sum of a row's squares.
    with np.errstate(over="ignore", invalid="ignore"):
        suspects = np.flatnonzero(~np.isfinite(np.einsum("ij,ij->i", matrix, matrix)))
    for row in suspects:
        columns = np.flatnonzero(~np.isfinite(matrix[row]))
        if columns.size:
            value = matrix[row, columns[0]]
            raise CorruptError(f"row {row} of the {name} holds {value} in column {columns[0]}")
        raise CorruptError(f"row {row} of the {name} holds values too large for a distance to be taken")
    return matrix


@dataclass(frozen=True, slots=True)
class Standardiser:
    """Brings columns to one scale: centred on the median, measured in robust standard deviations.

    The statistics are those of the rows it was made from, so rows that come later are treated alike.

    Attributes
    ----------
    center
        [shape=(n_columns,), float32] The medians.
    factor
        [shape=(n_columns,), float32] One over the scale; 0 for a column that is constant.
    """

    center: Matrix
    factor: Matrix

    @classmethod
    def from_rows(cls, matrix: Matrix) -> Self:
        """Take the statistics of a checked matrix.

        The scale of a column is its interquartile range. Where that is nil, though the column varies (most
        sounds have one and the same value), it is the standard deviation.
        """
        if len(matrix) == 0:
            return cls(np.zeros(matrix.shape[1], np.float32), np.zeros(matrix.shape[1], np.float32))
        low, center, high = np.quantile(matrix, [0.25, 0.5, 0.75], axis=0)
        magnitude = np.abs(matrix).max(axis=0)
        scale = (high - low) / _IQR_OF_NORMAL
        scale = np.where(scale > _CONSTANT * magnitude, scale, matrix.std(axis=0, dtype=np.float64))
        varies = scale > _CONSTANT * magnitude
        factor = np.divide(1.0, scale, out=np.zeros_like(scale), where=varies)
        return cls(center.astype(np.float32), factor.astype(np.float32))

    def apply(self, matrix: Matrix) -> Matrix:
        """Give the matrix on the new scale; constant columns become 0, values lie within ±6."""
        scaled: Matrix = (matrix - self.center) * self.factor
        return np.clip(scaled, -_LIMIT, _LIMIT, out=scaled)
