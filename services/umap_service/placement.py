"""New rows on a standing layout, whose points stay where they are.

A new point is drawn by its nearest neighbours on the map, each as strongly as it belongs to it, and goes to
where that pull is least. This is a robust centre: a neighbour that stands in another corner of the map
hardly counts, while a mean would end between the corners, where nothing alike is. There is no chance in it,
and every row is placed as if it were the only one.
"""

import numpy as np
import numpy.typing as npt

from services.umap_service.graph import membership_strengths
from services.umap_service.matrix import Matrix
from services.umap_service.neighbours import Neighbours

_STEPS = 8
_ROWS_PER_BLOCK = 4096
_REACH = 1 / 30
"""Of the map's radius: neighbours that stand farther apart than this do not agree on a place."""


def placed(layout: Matrix, neighbours: Neighbours) -> Matrix:
    """Give positions for rows of which the nearest neighbours on the layout are known.

    Parameters
    ----------
    layout
        [shape=(n, n_components), float32] Not empty; of any scale.
    neighbours
        Of each new row, among the rows of the layout.

    Returns
    -------
    [shape=(n_new, n_components), float32]
    """
    strengths = membership_strengths(neighbours).astype(np.float64)
    radius = float(np.sqrt(layout.var(axis=0, dtype=np.float64).sum()))
    reach = radius * _REACH if radius > 0 else 1.0
    positions = np.empty((len(strengths), layout.shape[1]), np.float32)
    for first in range(0, len(strengths), _ROWS_PER_BLOCK):
        block = slice(first, first + _ROWS_PER_BLOCK)
        around = layout[neighbours.indices[block]] / reach
        positions[block] = _least_pull(around.astype(np.float64), strengths[block]) * reach
    return positions


def _least_pull(
    around: npt.NDArray[np.float64], strengths: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Minimise, for each row, the sum over its neighbours of strength times log(1 + distance^2).

    It starts at the best of the neighbours and repeats a weighted mean, in which the weight of a neighbour is
    its force divided by its distance; each repetition lowers the sum.
    """
    between = ((around[:, :, None, :] - around[:, None, :, :]) ** 2).sum(axis=3)
    energy = (strengths[:, None, :] * np.log1p(between)).sum(axis=2)
    position: npt.NDArray[np.float64] = around[np.arange(len(around)), energy.argmin(axis=1)]
    for _ in range(_STEPS):
        weight = strengths / (1 + ((around - position[:, None, :]) ** 2).sum(axis=2))
        position = (weight[:, :, None] * around).sum(axis=1) / weight.sum(axis=1, keepdims=True)
    return position
