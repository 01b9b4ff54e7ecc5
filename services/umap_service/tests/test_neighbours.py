from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.neighbors import NearestNeighbors

from services.umap_service import neighbours as module
from services.umap_service.neighbours import nearest_neighbours
from services.umap_service.parameters import Metric

Matrix = npt.NDArray[np.float32]


@pytest.mark.parametrize("metric", list(Metric))
def test_nearest_neighbours_are_those_of_scikit_learn(
    metric: Metric, clustered: Callable[..., Matrix]
) -> None:
    matrix = clustered(700)
    exact = NearestNeighbors(n_neighbors=9, metric=str(metric), algorithm="brute").fit(
        matrix.astype(np.float64)
    )
    distances, indices = exact.kneighbors()
    found = nearest_neighbours(matrix, k=9, metric=metric)
    np.testing.assert_allclose(found.distances, distances, rtol=1e-4, atol=1e-6)
    assert (found.indices == indices).mean() > 0.999

    distances, indices = exact.kneighbors(matrix[:50] + 0.25)
    found = nearest_neighbours(matrix, queries=matrix[:50] + np.float32(0.25), k=9, metric=metric)
    np.testing.assert_allclose(found.distances, distances, rtol=1e-4, atol=1e-6)
    assert (found.indices == indices).mean() > 0.999


def test_nearest_neighbours_do_not_depend_on_blocks_or_threads(
    clustered: Callable[..., Matrix], monkeypatch: pytest.MonkeyPatch
) -> None:
    matrix = clustered(1500)
    whole = nearest_neighbours(matrix, k=14)
    for threads in (1, 2, 5):
        monkeypatch.setattr(module, "_COLUMNS_PER_BLOCK", 400)
        blocked = nearest_neighbours(matrix, k=14, threads=threads)
        np.testing.assert_array_equal(blocked.indices, whole.indices)
        np.testing.assert_array_equal(blocked.distances, whole.distances)


def test_nearest_neighbours_are_exact_far_from_the_origin(clustered: Callable[..., Matrix]) -> None:
    matrix = np.round(clustered(300) * 8)
    near, far = (nearest_neighbours(rows, k=5) for rows in (matrix, matrix + np.float32(2**15)))
    np.testing.assert_allclose(far.distances, near.distances, rtol=1e-6)


def test_no_row_is_its_own_neighbour_and_an_equal_row_is() -> None:
    matrix = np.repeat(np.random.default_rng(0).normal(size=(40, 6)).astype(np.float32), 2, axis=0)
    found = nearest_neighbours(matrix, k=3)
    np.testing.assert_array_equal(found.indices[:, 0], np.arange(80) ^ 1)
    assert (found.distances[:, 0] == 0).all()
    assert not (found.indices == np.arange(80)[:, None]).any()


def test_in_a_heap_of_copies_no_row_is_the_neighbour_of_all() -> None:
    found = nearest_neighbours(np.full((2000, 8), 0.3, np.float32), k=14)
    assert (found.distances == 0).all()
    assert not (found.indices == np.arange(2000)[:, None]).any()
    assert np.bincount(found.indices.ravel()).max() < 300


@pytest.mark.parametrize(("n", "k"), [(0, 0), (1, 0), (2, 1), (5, 4)])
def test_k_is_cut_to_the_rows_there_are(n: int, k: int) -> None:
    matrix = np.random.default_rng(0).normal(size=(n, 3)).astype(np.float32)
    found = nearest_neighbours(matrix, k=14)
    assert found.indices.shape == found.distances.shape == (n, k)
    assert all(sorted(row) == sorted(set(range(n)) - {i}) for i, row in enumerate(found.indices.tolist()))


@pytest.mark.parametrize("metric", [Metric.COSINE, Metric.CORRELATION])
def test_rows_without_a_direction_are_near_only_to_their_like(metric: Metric) -> None:
    matrix = np.random.default_rng(0).normal(size=(60, 6)).astype(np.float32)
    matrix[:4] = 0
    found = nearest_neighbours(matrix, k=4, metric=metric)
    assert (np.sort(found.indices[:4, :3]) < 4).all()
    assert (found.distances[:4, :3] == 0).all()
    assert found.distances[:4, 3] == pytest.approx(1)
    assert (found.indices[4:, 0] >= 4).all()
