"""The interface of this service: matrix in, map out.

`fit_layout` makes a layout, `pca_layout` a preview that is there at once, `place` puts new rows on a standing
layout, `find_clusters` finds its groups.
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from services.umap_service.clusters import cluster_labels
from services.umap_service.graph import fuzzy_graph, n_components_of
from services.umap_service.initial import principal_components, start_positions
from services.umap_service.layout import Curve, automatic_epochs, descend
from services.umap_service.matrix import Matrix, Standardiser, checked_matrix
from services.umap_service.neighbours import nearest_neighbours
from services.umap_service.parameters import ClusterParameters, LayoutParameters, PlaceParameters, Scale
from services.umap_service.placement import placed
from services.umap_service.threads import single_threaded_products
from shared.python.errors import CorruptError

OnFrame = Callable[[float, Matrix], None]
"""Takes the fraction that is done and the positions by then [shape=(n, n_components), float32]."""

RADIUS = 5.0
MAX_FRAMES = 40
_FRACTION_OF_GRAPH = 0.2
_FEWEST_ROWS = 4
"""With fewer rows there is no neighbourhood to keep, and the projection is the better picture."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A finished layout.

    Attributes
    ----------
    coordinates
        [shape=(n, n_components), float32] As `framed` gives them, rows as in the matrix.
    report
        How it came about, as plain values: method, rows, epochs, parts of the graph, seconds of each stage.
    """

    coordinates: Matrix
    report: dict[str, Any]


def pca_layout(matrix: npt.NDArray[Any], parameters: LayoutParameters) -> Layout:
    """Project the rows: the first picture of a map, and the frame that a layout begins with.

    Raises
    ------
    CorruptError
        When the matrix is none, or holds NaN or infinity.
    """
    began = perf_counter()
    rows = _scaled(checked_matrix(matrix), parameters)
    with single_threaded_products():
        projection = principal_components(rows, n_components=parameters.n_components)
    return Layout(
        framed(projection), {"method": "pca", "n": len(rows), "seconds": {"pca": perf_counter() - began}}
    )


def fit_layout(
    matrix: npt.NDArray[Any], parameters: LayoutParameters, *, on_frame: OnFrame | None = None
) -> Layout:
    """Lay rows out so that neighbours stay neighbours (UMAP).

    Equal arguments give equal coordinates, bit for bit, for any number of threads and with or without frames.

    Parameters
    ----------
    matrix
        [shape=(n, n_columns)] Real numbers, finite.
    on_frame
        Called at most `MAX_FRAMES` times: with the projection at once, then as the layout unfolds, and last
        with what is returned.

    Raises
    ------
    CorruptError
        When the matrix is none, or holds NaN or infinity.
    """
    clock = _Clock()
    rows = _scaled(checked_matrix(matrix), parameters)
    with single_threaded_products():
        projection = principal_components(rows, n_components=parameters.n_components)
        coordinates = framed(projection)
        if on_frame is not None:
            on_frame(0.0, coordinates)
        clock.lap("pca")
        if len(rows) < _FEWEST_ROWS:
            return Layout(coordinates, {"method": "pca", "n": len(rows), "seconds": clock.seconds})
        # The descent wants points in random order; see `layout.py`.
        order = np.random.default_rng(parameters.seed).permutation(len(rows))
        neighbours = nearest_neighbours(
            rows[order], k=parameters.n_neighbors - 1, metric=parameters.metric, threads=parameters.threads
        )
        clock.lap("neighbours")
        graph = fuzzy_graph(neighbours)
        clock.lap("graph")
        start = start_positions(graph, projection[order], seed=parameters.seed)
        if on_frame is not None:
            on_frame(_FRACTION_OF_GRAPH, framed(start, order=order))
        clock.lap("start")
    n_epochs = parameters.n_epochs or automatic_epochs(len(rows))
    curve = Curve.fitted(min_dist=parameters.min_dist, spread=parameters.spread)
    for epochs, positions in descend(
        graph, start, curve=curve, n_epochs=n_epochs, seed=parameters.seed, blocks=MAX_FRAMES - 2
    ):
        if on_frame is not None or epochs == n_epochs:
            coordinates = framed(positions, order=order)
        if on_frame is not None:
            on_frame(_FRACTION_OF_GRAPH + (1 - _FRACTION_OF_GRAPH) * epochs / n_epochs, coordinates)
    clock.lap("descent")
    report = {
        "method": "umap",
        "n": len(rows),
        "n_epochs": n_epochs,
        "n_edges": graph.nnz // 2,
        "n_parts": n_components_of(graph)[0],
        "seconds": clock.seconds,
    }
    return Layout(coordinates, report)


def place(
    matrix: npt.NDArray[Any],
    layout: npt.NDArray[Any],
    new_matrix: npt.NDArray[Any],
    parameters: PlaceParameters,
) -> Matrix:
    """Give new rows a position on a standing layout, each beside what it is most alike.

    Parameters
    ----------
    matrix
        [shape=(n, n_columns)] The rows of the layout; new rows are brought to the scale of these.
    layout
        [shape=(n, n_components)]
    new_matrix
        [shape=(n_new, n_columns)]

    Returns
    -------
    [shape=(n_new, n_components), float32]

    Raises
    ------
    CorruptError
        When an array is no matrix or holds NaN or infinity, their shapes do not fit, or the layout is empty.
    """
    rows, standing = checked_matrix(matrix), checked_matrix(layout, name="layout")
    new_rows = checked_matrix(new_matrix, name="matrix of new rows")
    if len(rows) != len(standing):
        raise CorruptError(
            f"the matrix has {len(rows)} rows, its layout {len(standing)}: they do not belong together"
        )
    if len(rows) == 0:
        raise CorruptError("the layout has no points, so there is nothing to place new rows beside")
    if len(new_rows) and rows.shape[1] != new_rows.shape[1]:
        raise CorruptError(
            f"the new rows have {new_rows.shape[1]} columns, those of the layout {rows.shape[1]}"
        )
    if len(new_rows) == 0:
        return np.empty((0, standing.shape[1]), np.float32)
    if parameters.scale is Scale.ROBUST:
        standardiser = Standardiser.from_rows(rows)
        rows, new_rows = standardiser.apply(rows), standardiser.apply(new_rows)
    neighbours = nearest_neighbours(
        rows,
        queries=new_rows,
        k=parameters.n_neighbors - 1,
        metric=parameters.metric,
        threads=parameters.threads,
    )
    return placed(standing, neighbours)


def find_clusters(layout: npt.NDArray[Any], parameters: ClusterParameters) -> npt.NDArray[np.int32]:
    """Find the groups of a layout.

    Returns
    -------
    [shape=(n,), int32] The cluster of each point: 0 is the largest, -1 is none.

    Raises
    ------
    CorruptError
        When the layout is no matrix, or holds NaN or infinity.
    """
    return cluster_labels(checked_matrix(layout, name="layout"), min_cluster_size=parameters.min_cluster_size)


def framed(positions: Matrix, *, order: npt.NDArray[np.intp] | None = None) -> Matrix:
    """Centre positions on the origin and scale them to a root mean square distance of `RADIUS` from it.

    All that a person sees of one map, from the first projection to the finished layout, thus fills one frame.

    Parameters
    ----------
    order
        [shape=(n,)] The row that each position belongs to; without it they stand in order.
    """
    if len(positions) == 0:
        return positions
    centered = positions - positions.mean(axis=0, dtype=np.float64)
    radius = float(np.sqrt((centered**2).sum(axis=1).mean()))
    # Points that all stand on one spot have no size that could be changed.
    result = np.empty(positions.shape, np.float32)
    result[slice(None) if order is None else order] = centered * (RADIUS / radius if radius > 0 else 1.0)
    return result


class _Clock:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = perf_counter()

    def lap(self, stage: str) -> None:
        now = perf_counter()
        self.seconds[stage], self._last = now - self._last, now


def _scaled(matrix: Matrix, parameters: LayoutParameters) -> Matrix:
    return Standardiser.from_rows(matrix).apply(matrix) if parameters.scale is Scale.ROBUST else matrix
