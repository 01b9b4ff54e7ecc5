"""Where points stand before the layout begins: principal components at once, then the graph's own harmonics.

The harmonics (a spectral embedding) unfold what a projection leaves folded. They are found by a fixed number
of steps from the principal components, so they always end in time; a graph in several parts is embedded part
by part, each where the projection has it. All starts are turned to agree with the projection, so that whoever
watches sees the picture unfold and not jump.
"""

import numpy as np
import numpy.typing as npt
from scipy import sparse, spatial

from services.umap_service.graph import n_components_of
from services.umap_service.matrix import Matrix

EXTENT = 10.0
"""A start reaches this far from its centre, as in umap-learn: room to unfold, and near enough to attract."""

_STEPS = 30
_SPARE_VECTORS = 3
_NOISE = 1e-4
_SMALLEST_PART = 24
"""Parts with fewer points have no harmonics worth looking for; they keep the shape of the projection."""


def principal_components(matrix: Matrix, *, n_components: int) -> Matrix:
    """Project rows onto the directions in which they vary most.

    The sign of each direction is fixed (its largest loading is positive): equal data, equal picture.

    Returns
    -------
    [shape=(n, n_components), float32] Centred; columns that the data cannot fill are 0.
    """
    n, n_columns = matrix.shape
    coordinates = np.zeros((n, n_components), np.float32)
    if n < 2:
        return coordinates
    centered = matrix - matrix.mean(axis=0, dtype=np.float64).astype(np.float32)
    _, directions = np.linalg.eigh((centered.T @ centered).astype(np.float64))
    directions = directions[:, ::-1][:, : min(n_components, n_columns)]
    strongest = np.abs(directions).argmax(axis=0)
    directions = directions * np.sign(directions[strongest, np.arange(directions.shape[1])])
    coordinates[:, : directions.shape[1]] = centered @ directions.astype(np.float32)
    return coordinates


def to_extent(coordinates: Matrix) -> Matrix:
    """Scale centred coordinates, all alike, so that the largest is `EXTENT`; zeros stay."""
    reach = float(np.abs(coordinates).max(initial=0))
    return coordinates if reach == 0 else coordinates * np.float32(EXTENT / reach)


def start_positions(graph: sparse.csr_matrix, projection: Matrix, *, seed: int) -> Matrix:
    """Give the positions that a layout begins with: at `EXTENT`, with noise that parts equal points.

    Parameters
    ----------
    graph
        [shape=(n, n)] From `graph.fuzzy_graph`.
    projection
        [shape=(n, n_components), float32] From `principal_components`.
    """
    projection = to_extent(projection)
    n_parts, part = n_components_of(graph)
    if n_parts == 1:
        start = to_extent(_harmonics(graph, projection, seed=seed))
    else:
        start = to_extent(_part_by_part(graph, projection, part, n_parts, seed=seed))
    noise = np.random.default_rng(seed).normal(0, _NOISE, start.shape)
    return (start + noise).astype(np.float32)


def _part_by_part(
    graph: sparse.csr_matrix, projection: Matrix, part: npt.NDArray[np.int32], n_parts: int, *, seed: int
) -> Matrix:
    sizes = np.bincount(part, minlength=n_parts)
    centers = np.stack(
        [np.bincount(part, weights=axis, minlength=n_parts) / sizes for axis in projection.T], axis=1
    )
    # Half the way to the next part is room for each.
    room = spatial.cKDTree(centers).query(centers, k=2)[0][:, 1] / 2
    start = projection - centers[part].astype(np.float32)
    rows_by_part = np.split(np.argsort(part, kind="stable"), np.cumsum(sizes)[:-1])
    for which, rows in enumerate(rows_by_part):
        if len(rows) >= _SMALLEST_PART:
            start[rows] = _harmonics(graph[rows][:, rows], start[rows], seed=seed)
        reach = float(np.abs(start[rows]).max())
        if reach > 0:
            start[rows] *= np.float32(room[which] / reach)
        start[rows] += centers[which].astype(np.float32)
    start -= start.mean(axis=0)
    return start


def _harmonics(graph: sparse.csr_matrix, projection: Matrix, *, seed: int) -> Matrix:
    """Approximate the slowest vibrations of a connected graph by subspace iteration from its projection.

    These are the eigenvectors of the normalised Laplacian with the smallest eigenvalues above 0. The result
    is turned, or mirrored, to lie on the projection as well as it can.
    """
    n, n_components = projection.shape
    degrees = np.asarray(graph.sum(axis=1), dtype=np.float32).ravel()
    root = np.sqrt(degrees)
    inverse_root = sparse.diags(1 / root)
    transfer = (inverse_root @ graph @ inverse_root).tocsr().astype(np.float32)
    vectors = np.random.default_rng(seed).normal(size=(n, 1 + n_components + _SPARE_VECTORS))
    vectors[:, 0] = root
    vectors[:, 1 : 1 + n_components] += projection * root[:, None] * (np.sqrt(n) / EXTENT)
    basis = np.linalg.qr(vectors.astype(np.float32))[0]
    for step in range(_STEPS):
        basis = (transfer @ basis + basis) / 2
        if step % 4 == 3:
            basis = np.linalg.qr(basis)[0]
    basis = np.linalg.qr(basis)[0]
    inner = basis.T @ (transfer @ basis)
    _, mixing = np.linalg.eigh((inner + inner.T) / 2)
    # The first vector is the graph's resting state; it says where mass is and nothing about shape.
    shapes = (basis @ mixing[:, ::-1])[:, 1 : 1 + n_components]
    shapes -= shapes.mean(axis=0)
    left, _, right = np.linalg.svd(shapes.T @ projection)
    turned: Matrix = (shapes @ (left @ right)).astype(np.float32)
    return turned
