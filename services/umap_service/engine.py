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
from threadpoolctl import threadpool_limits

from services.umap_service.graph import fuzzy_graph, n_components_of
from services.umap_service.initial import principal_components, start_positions, to_extent
from services.umap_service.layout import Curve, automatic_epochs, descend
from services.umap_service.matrix import Matrix, Standardiser, checked_matrix
from services.umap_service.neighbours import nearest_neighbours
from services.umap_service.parameters import LayoutParameters, Scale

OnFrame = Callable[[float, Matrix], None]
"""Takes the fraction that is done and the positions by then [shape=(n, n_components), float32]."""

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
        [shape=(n, n_components), float32] Centred on the origin, rows as in the matrix.
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
    with threadpool_limits(limits=1, user_api="blas"):
        projection = to_extent(principal_components(rows, n_components=parameters.n_components))
    return Layout(projection, {"method": "pca", "n": len(rows), "seconds": {"pca": perf_counter() - began}})


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
        Called at most `MAX_FRAMES` times: with the projection at once, then with the layout as it unfolds, and
        last with what is returned.

    Raises
    ------
    CorruptError
        When the matrix is none, or holds NaN or infinity.
    """
    clock = _Clock()
    rows = _scaled(checked_matrix(matrix), parameters)
    with threadpool_limits(limits=1, user_api="blas"):
        projection = principal_components(rows, n_components=parameters.n_components)
        first = to_extent(projection)
        if on_frame is not None:
            on_frame(0.0, first)
        clock.lap("pca")
        if len(rows) < _FEWEST_ROWS:
            return Layout(first, {"method": "pca", "n": len(rows), "seconds": clock.seconds})
        # The descent wants points in random order; see `layout.py`.
        order = np.random.default_rng(parameters.seed).permutation(len(rows))
        neighbours = nearest_neighbours(
            rows[order], k=parameters.n_neighbors - 1, metric=parameters.metric, threads=parameters.threads
        )
        clock.lap("neighbours")
        graph = fuzzy_graph(neighbours)
        clock.lap("graph")
        start = start_positions(graph, projection[order], seed=parameters.seed)
        clock.lap("start")
    n_epochs = parameters.n_epochs or automatic_epochs(len(rows))
    curve = Curve.fitted(min_dist=parameters.min_dist, spread=parameters.spread)
    coordinates = np.empty_like(first)
    for epochs, positions in descend(
        graph, start, curve=curve, n_epochs=n_epochs, seed=parameters.seed, blocks=MAX_FRAMES - 1
    ):
        if on_frame is not None or epochs == n_epochs:
            coordinates = np.empty_like(first)
            coordinates[order] = positions - positions.mean(axis=0, dtype=np.float64)
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


class _Clock:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = perf_counter()

    def lap(self, stage: str) -> None:
        now = perf_counter()
        self.seconds[stage], self._last = now - self._last, now


def _scaled(matrix: Matrix, parameters: LayoutParameters) -> Matrix:
    return Standardiser.from_rows(matrix).apply(matrix) if parameters.scale is Scale.ROBUST else matrix
