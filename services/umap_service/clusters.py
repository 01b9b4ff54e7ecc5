"""The groups of a layout: regions where points stand densely, at whatever density.

References
----------
Campello, Moulavi, Sander (2013), Density-based clustering based on hierarchical density estimates.
"""

import math

import numpy as np
import numpy.typing as npt

from services.umap_service.matrix import Matrix

NONE = -1
"""The label of a point that is in no cluster."""

_SMALLEST = 5
_MIN_SAMPLES = 5
"""Neighbours that a place needs to count as dense: few, as a layout has drawn groups together already."""


def automatic_min_cluster_size(n: int) -> int:
    """Give half the square root of the number of points, so that maps of any size get regions."""
    return max(_SMALLEST, round(math.sqrt(n) / 2))


def cluster_labels(layout: Matrix, *, min_cluster_size: int | None = None) -> npt.NDArray[np.int32]:
    """Label each point with its cluster; 0 is the largest.

    Parameters
    ----------
    layout
        [shape=(n, n_components), float32]

    Returns
    -------
    [shape=(n,), int32] -1: in no cluster.
    """
    n = len(layout)
    size = min_cluster_size or automatic_min_cluster_size(n)
    labels = np.full(n, NONE, np.int32)
    if n < 2 * size or not np.ptp(layout, axis=0).any():
        return labels
    # Imported here: scikit-learn takes longer to import than a small layout takes to be made.
    from sklearn.cluster import HDBSCAN

    found = HDBSCAN(min_cluster_size=size, min_samples=min(_MIN_SAMPLES, size), copy=True).fit_predict(
        layout.astype(np.float64)
    )
    members = np.flatnonzero(found >= 0)
    if members.size:
        order = np.argsort(-np.bincount(found[members]), kind="stable")
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        labels[members] = rank[found[members]]
    return labels
