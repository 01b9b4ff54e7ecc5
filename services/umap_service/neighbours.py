"""The nearest neighbours of every row, exactly.

Rows are compared in blocks: one matrix product gives a block of approximate squared distances, a compiled
filter keeps the few smallest of each row, and those are measured again without cancellation. Blocks are of
fixed size and each is one single-threaded product, so the result does not depend on the number of threads.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.umap_service.compiled import compiled
from services.umap_service.matrix import Matrix
from services.umap_service.parameters import Metric
from services.umap_service.threads import run_all

_ROWS_PER_BLOCK = 256
_COLUMNS_PER_BLOCK = 16_384
_STRIP = 64
_SPARE = 3
"""Candidates kept beyond k, because the first, approximate distance may put the last few in another order."""

_NO_LENGTH = 1e-12

u8 = np.uint64


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The k nearest rows of each row, nearest first, equally near ones by index.

    Attributes
    ----------
    indices
        [shape=(n, k), int32]
    distances
        [shape=(n, k), float32] In the metric's own measure.
    """

    indices: npt.NDArray[np.int32]
    distances: Matrix


def nearest_neighbours(
    matrix: Matrix,
    *,
    k: int,
    metric: Metric = Metric.EUCLIDEAN,
    queries: Matrix | None = None,
    threads: int = 1,
) -> Neighbours:
    """Find the `k` rows of `matrix` nearest to each row of `queries`, or to each of its own rows.

    A row is never its own neighbour; an equal row is. `k` is cut to the number of rows there are. Among equal
    rows the choice is arbitrary but fixed, and differs from row to row, so that in a heap of copies no row
    becomes the neighbour of all.

    Parameters
    ----------
    matrix
        [shape=(n, n_columns), float32] Checked rows (`matrix.checked_matrix`).
    queries
        [shape=(n_queries, n_columns), float32]
    """
    within = queries is None
    k = max(0, min(k, len(matrix) - within))
    base, asked = _prepared(matrix, queries, metric)
    n = len(asked)
    indices = np.zeros((n, k), np.int32)
    distances = np.zeros((n, k), np.float32)
    if k == 0 or n == 0:
        return Neighbours(indices, distances)
    kept = min(k + _SPARE, len(base) - within)
    squares = np.einsum("ij,ij->i", base, base)

    def search(first: int) -> None:
        rows = asked[first : first + _ROWS_PER_BLOCK]
        near = np.full((len(rows), kept), np.finfo(np.float32).max, np.float32)
        candidates = np.full((len(rows), kept), -1, np.int32)
        for column in range(0, len(base), _COLUMNS_PER_BLOCK):
            block = base[column : column + _COLUMNS_PER_BLOCK]
            if metric is Metric.MANHATTAN:
                approximate = np.empty((len(rows), len(block)), np.float32)
                _manhattan(rows, block, approximate)
            else:
                approximate = rows @ block.T
                np.multiply(approximate, -2, out=approximate)
                approximate += squares[column : column + _COLUMNS_PER_BLOCK]
            _keep_nearest(approximate, column, first, within, near, candidates)
        exact = _measure(rows, base, candidates, metric)
        order = np.lexsort((candidates, exact), axis=1)[:, :k]
        indices[first : first + len(rows)] = np.take_along_axis(candidates, order, axis=1)
        distances[first : first + len(rows)] = np.take_along_axis(exact, order, axis=1)

    run_all(search, range(0, n, _ROWS_PER_BLOCK), threads=threads)
    return Neighbours(indices, distances)


def _prepared(matrix: Matrix, queries: Matrix | None, metric: Metric) -> tuple[Matrix, Matrix]:
    """Bring rows into the space where the metric is the Euclidean or the Manhattan distance."""
    asked = matrix if queries is None else queries
    if metric is Metric.EUCLIDEAN:
        # Distances do not change when all rows move, but their rounding errors grow with the rows' length.
        center = matrix.mean(axis=0, dtype=np.float64).astype(np.float32) if len(matrix) else np.float32(0)
        base = matrix - center
        return base, base if queries is None else asked - center
    if metric is Metric.MANHATTAN:
        return matrix, asked
    base = _directions(matrix, centered=metric is Metric.CORRELATION)
    return base, base if queries is None else _directions(asked, centered=metric is Metric.CORRELATION)


def _directions(matrix: Matrix, *, centered: bool) -> Matrix:
    rows = matrix.astype(np.float64)
    if centered:
        rows -= rows.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    directions = np.zeros((len(rows), rows.shape[1] + 1), np.float32)
    np.divide(rows, lengths, out=directions[:, :-1], where=lengths > _NO_LENGTH, casting="same_kind")
    # Rows without a direction get one that no other has: at right angles to all but their like.
    directions[:, -1] = lengths[:, 0] <= _NO_LENGTH
    return directions


def _measure(rows: Matrix, base: Matrix, candidates: npt.NDArray[np.int32], metric: Metric) -> Matrix:
    difference = base[candidates] - rows[:, None, :]
    if metric is Metric.MANHATTAN:
        return np.asarray(np.abs(difference).sum(axis=2, dtype=np.float64), np.float32)
    squared = np.einsum("ijk,ijk->ij", difference, difference, dtype=np.float64)
    # For two unit vectors, half the squared distance is one minus the cosine of their angle.
    distance = np.sqrt(squared) if metric is Metric.EUCLIDEAN else squared / 2
    return np.asarray(distance, np.float32)


@compiled
def _manhattan(rows: Matrix, base: Matrix, distances: Matrix) -> None:
    for i in range(rows.shape[0]):
        for j in range(base.shape[0]):
            total = np.float32(0)
            for column in range(rows.shape[1]):
                total += abs(rows[u8(i), u8(column)] - base[u8(j), u8(column)])
            distances[i, j] = total


@compiled
def _keep_nearest(
    approximate: Matrix,
    first_column: int,
    first_row: int,
    within: bool,
    near: Matrix,
    candidates: npt.NDArray[np.int32],
) -> None:
    """Insert a block of distances into each row's sorted list of nearest candidates.

    Strips of columns without a single small enough value, nearly all of them, are passed over by a vectorised
    count. Each row begins at another strip, which is what spreads the choice among equal rows.
    """
    n_columns = approximate.shape[1]
    kept = near.shape[1]
    n_strips = (n_columns + _STRIP - 1) // _STRIP
    for r in range(approximate.shape[0]):
        values = approximate[r]
        row_near = near[r]
        row_candidates = candidates[r]
        myself = first_row + r - first_column if within else -1
        mixed = u8(first_row + r + 1) * u8(0x9E3779B97F4A7C15)
        start = np.int64((mixed >> u8(33)) % u8(n_strips))
        for step in range(n_strips):
            strip = start + step
            if strip >= n_strips:
                strip -= n_strips
            low = strip * _STRIP
            limit = row_near[kept - 1]
            if low + _STRIP <= n_columns:
                smaller = np.int32(0)
                for j in range(_STRIP):
                    smaller += np.int32(values[u8(low) + u8(j)] < limit)
                if smaller == 0:
                    continue
            for column in range(low, min(low + _STRIP, n_columns)):
                value = values[column]
                if value < row_near[kept - 1] and column != myself:
                    place = kept - 1
                    while place > 0 and row_near[place - 1] > value:
                        row_near[place] = row_near[place - 1]
                        row_candidates[place] = row_candidates[place - 1]
                        place -= 1
                    row_near[place] = value
                    row_candidates[place] = np.int32(first_column + column)
