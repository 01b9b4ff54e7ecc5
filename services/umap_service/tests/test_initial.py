from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from scipy.sparse.linalg import eigsh
from sklearn.decomposition import PCA

from services.umap_service.graph import fuzzy_graph, n_components_of
from services.umap_service.initial import EXTENT, principal_components, start_positions, to_extent
from services.umap_service.neighbours import nearest_neighbours

Matrix = npt.NDArray[np.float32]


def test_principal_components_are_those_of_scikit_learn(clustered: Callable[..., Matrix]) -> None:
    matrix = clustered(500)
    ours, theirs = principal_components(matrix, n_components=3), PCA(3).fit_transform(matrix)
    signs = np.sign((ours * theirs).sum(axis=0))
    np.testing.assert_allclose(ours, theirs * signs, atol=1e-3)


def test_principal_components_keep_their_sign_when_rows_change_places(
    clustered: Callable[..., Matrix],
) -> None:
    matrix = clustered(200)
    forward, backward = (principal_components(rows, n_components=2) for rows in (matrix, matrix[::-1].copy()))
    np.testing.assert_allclose(forward, backward[::-1], atol=1e-3)


@pytest.mark.parametrize("shape", [(0, 3), (1, 3), (2, 3), (10, 1)])
def test_principal_components_of_little_data(shape: tuple[int, int]) -> None:
    rows = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    found = principal_components(rows, n_components=2)
    assert found.shape == (shape[0], 2)
    assert np.isfinite(found).all()
    assert found.any() == (shape[0] > 1)


def test_start_unfolds_along_the_slowest_vibrations_of_the_graph() -> None:
    angle = np.linspace(0, 1.5 * np.pi, 600)
    rows = np.stack([np.cos(angle), np.sin(angle), 0.1 * angle], axis=1).astype(np.float32)
    graph = fuzzy_graph(nearest_neighbours(rows, k=14))
    start = start_positions(graph, principal_components(rows, n_components=2), seed=1)
    root = np.sqrt(np.asarray(graph.sum(axis=1)).ravel())
    _, exact = eigsh(graph.multiply(1 / root[:, None]).multiply(1 / root).tocsr(), k=3, which="LA")
    vibrations = exact[:, :2]
    residual = start - vibrations @ np.linalg.lstsq(vibrations, start, rcond=None)[0]
    assert (residual**2).sum() < 0.05 * (start**2).sum()


def test_start_agrees_with_the_projection(curved_sheet: Callable[..., Matrix]) -> None:
    rows = curved_sheet(600)
    projection = principal_components(rows, n_components=2)
    start = start_positions(fuzzy_graph(nearest_neighbours(rows, k=14)), projection, seed=1)
    agreement = start.T @ to_extent(projection)
    assert agreement[0, 0] > 0 < agreement[1, 1]
    assert abs(agreement[0, 1] - agreement[1, 0]) < 0.05 * np.trace(agreement)
    assert np.abs(start).max() == pytest.approx(EXTENT, abs=0.01)


def test_start_of_a_graph_in_parts_stands_each_where_the_projection_has_it() -> None:
    rng = np.random.default_rng(0)
    rows = np.concatenate(
        [rng.normal(size=(size, 6)) + 60 * part for part, size in enumerate((200, 80, 8, 40))]
    )
    rows = rows.astype(np.float32)
    graph = fuzzy_graph(nearest_neighbours(rows, k=5))
    count, part = n_components_of(graph)
    projection = principal_components(rows, n_components=2)
    start = start_positions(graph, projection, seed=1)
    assert count == 4
    centers = [[positions[part == p].mean(axis=0) for p in range(4)] for positions in (start, projection)]
    assert abs(np.corrcoef(np.ravel(centers[0]), np.ravel(centers[1]))[0, 1]) > 0.99
    for p in range(4):
        others = np.linalg.norm(start[part != p] - centers[0][p], axis=1).min()
        assert np.linalg.norm(start[part == p] - centers[0][p], axis=1).mean() < others


def test_start_parts_equal_rows() -> None:
    rows = np.ones((100, 3), np.float32)
    start = start_positions(
        fuzzy_graph(nearest_neighbours(rows, k=5)), principal_components(rows, n_components=2), seed=1
    )
    assert len(np.unique(start, axis=0)) == 100
