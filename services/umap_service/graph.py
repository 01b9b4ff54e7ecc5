"""The fuzzy graph of neighbours: how strongly each pair of rows belongs together.

Every row measures its neighbourhood with its own ruler, so that dense and sparse regions count alike; the two
opinions on a pair are then joined to one weight.

References
----------
McInnes, Healy, Melville (2018), UMAP: Uniform Manifold Approximation and Projection, algorithms 2 and 3.
"""

import numpy as np
import numpy.typing as npt
from scipy import sparse

from services.umap_service.compiled import compiled
from services.umap_service.matrix import Matrix
from services.umap_service.neighbours import Neighbours

_TOLERANCE = 1e-5
_MAX_BISECTIONS = 64
_SMALLEST_SCALE = 1e-3
"""Of the mean distance; a shorter ruler would let one near neighbour outshine all others."""


def membership_strengths(neighbours: Neighbours) -> Matrix:
    """Give the strength in [0, 1] with which each neighbour belongs to its row.

    The nearest neighbour at a distance has strength 1, the others fall off exponentially, on a scale for
    which the strengths of a row add up to log2(k + 1).

    Returns
    -------
    [shape=(n, k), float32]
    """
    distances = neighbours.distances
    strengths = np.zeros_like(distances)
    if distances.size:
        n_others = distances.shape[1]
        # umap-learn's neighbours include the row itself at distance 0; its means and its target count that.
        mean = distances.mean(dtype=np.float64) * n_others / (n_others + 1)
        _fill_strengths(distances, mean, np.log2(n_others + 1), strengths)
    return strengths


def fuzzy_graph(neighbours: Neighbours) -> sparse.csr_matrix:
    """Join the two opinions a, b on each pair to a + b - ab, the fuzzy union.

    Returns
    -------
    [shape=(n, n), float32] Symmetric, without a diagonal, columns sorted within each row.
    """
    n, k = neighbours.indices.shape
    strengths = membership_strengths(neighbours)
    directed = sparse.csr_matrix(
        (strengths.ravel(), neighbours.indices.ravel(), np.arange(0, n * k + 1, k)), shape=(n, n)
    )
    reverse = directed.T.tocsr()
    graph = (directed + reverse - directed.multiply(reverse)).tocsr()
    graph.eliminate_zeros()
    graph.sort_indices()
    return graph


@compiled
def _fill_strengths(distances: Matrix, mean: float, target: float, strengths: Matrix) -> None:
    n, k = distances.shape
    for i in range(n):
        row = distances[i]
        nearest = 0.0
        total = 0.0
        for j in range(k):
            total += row[j]
            if nearest == 0.0 and row[j] > 0.0:
                nearest = np.float64(row[j])
        low = 0.0
        high = 0.0  # not found yet
        scale = 1.0
        for _ in range(_MAX_BISECTIONS):
            found = 0.0
            for j in range(k):
                beyond = row[j] - nearest
                found += np.exp(-beyond / scale) if beyond > 0.0 else 1.0
            if abs(found - target) < _TOLERANCE:
                break
            if found > target:
                high = scale
                scale = (low + high) / 2
            else:
                low = scale
                scale = scale * 2 if high == 0.0 else (low + high) / 2
        scale = max(scale, _SMALLEST_SCALE * (total / (k + 1) if nearest > 0.0 else mean))
        for j in range(k):
            beyond = row[j] - nearest
            strengths[i, j] = np.exp(-beyond / scale) if beyond > 0.0 else 1.0


def n_components_of(graph: sparse.csr_matrix) -> tuple[int, npt.NDArray[np.int32]]:
    """Give the number of connected parts of a graph, and the part that each row is in."""
    count, labels = sparse.csgraph.connected_components(graph, directed=False)
    return int(count), labels
