from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from umap.umap_ import fuzzy_simplicial_set

from services.umap_service.graph import fuzzy_graph, membership_strengths, n_components_of
from services.umap_service.neighbours import nearest_neighbours

Matrix = npt.NDArray[np.float32]


@pytest.mark.parametrize("n_copies", [1, 4])
def test_fuzzy_graph_is_that_of_umap_learn(clustered: Callable[..., Matrix], n_copies: int) -> None:
    matrix = np.repeat(clustered(400 // n_copies), n_copies, axis=0)
    found = nearest_neighbours(matrix, k=14)
    oneself = np.arange(len(matrix), dtype=np.int32)[:, None]
    theirs, _, _ = fuzzy_simplicial_set(
        matrix, 15, np.random.RandomState(0), "euclidean",
        knn_indices=np.hstack([oneself, found.indices]),
        knn_dists=np.hstack([np.zeros_like(found.distances[:, :1]), found.distances]),
    )  # fmt: skip
    ours = fuzzy_graph(found)
    assert abs(ours - theirs).max() < 1e-4
    assert abs(ours - ours.T).max() < 1e-6
    assert ours.diagonal().max() == 0


def test_membership_strengths_fall_with_distance_and_add_up(clustered: Callable[..., Matrix]) -> None:
    strengths = membership_strengths(nearest_neighbours(clustered(500), k=14))
    assert (strengths[:, 0] == 1).all()
    assert (np.diff(strengths, axis=1) <= 0).all()
    np.testing.assert_allclose(strengths.sum(axis=1), np.log2(15), atol=1e-3)


def test_copies_belong_together_wholly() -> None:
    strengths = membership_strengths(nearest_neighbours(np.ones((50, 3), np.float32), k=5))
    assert (strengths == 1).all()


def test_parts_of_a_graph_are_counted() -> None:
    rows = np.random.default_rng(0).normal(size=(90, 4)).astype(np.float32)
    rows[:30] += 100
    rows[30:50] -= 100
    count, part = n_components_of(fuzzy_graph(nearest_neighbours(rows, k=10)))
    assert count == 3
    assert [len(set(part[span])) for span in (slice(30), slice(30, 50), slice(50, 90))] == [1, 1, 1]
