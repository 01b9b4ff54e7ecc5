from collections.abc import Callable
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from umap.umap_ import find_ab_params

from services.umap_service.compiled import compiled
from services.umap_service.graph import fuzzy_graph
from services.umap_service.initial import principal_components, start_positions
from services.umap_service.layout import Curve, automatic_epochs, descend, power
from services.umap_service.neighbours import nearest_neighbours

Matrix = npt.NDArray[np.float32]


@compiled
def _powers(values: Matrix, exponent: float, results: Matrix) -> None:
    for i in range(values.shape[0]):
        results[i] = power(values[i], np.float32(exponent))


@pytest.mark.parametrize("exponent", [0.1, 0.5, 0.895, 1.0, 1.6, 2.0])
def test_power_is_close_to_that_of_numpy(exponent: float) -> None:
    values = np.geomspace(1e-12, 1e12, 100_001).astype(np.float32)
    results = np.empty_like(values)
    _powers(values, exponent, results)
    np.testing.assert_allclose(results, values.astype(np.float64) ** exponent, rtol=1e-4)


@pytest.mark.parametrize(
    ("min_dist", "spread"), [(0.1, 1.0), (0.0, 1.0), (0.5, 1.0), (0.99, 1.0), (0.25, 2.0)]
)
def test_curve_is_that_of_umap_learn(min_dist: float, spread: float) -> None:
    curve = Curve.fitted(min_dist=min_dist, spread=spread)
    assert (curve.a, curve.b) == pytest.approx(find_ab_params(spread, min_dist), rel=1e-3)


def test_automatic_epochs_are_those_of_umap_learn() -> None:
    assert [automatic_epochs(n) for n in (10, 10_000, 10_001)] == [500, 500, 200]


@pytest.mark.parametrize("n_components", [1, 2, 3])
def test_descent_does_not_depend_on_how_it_is_watched(
    clustered: Callable[..., Matrix], n_components: int
) -> None:
    rows = clustered(300)
    graph = fuzzy_graph(nearest_neighbours(rows, k=14))
    start = start_positions(graph, principal_components(rows, n_components=n_components), seed=1)
    curve = Curve.fitted(min_dist=0.1, spread=1)
    watched, at_once, other = (
        list(descend(graph, start, curve=curve, n_epochs=50, seed=seed, blocks=blocks))
        for seed, blocks in ((1, 7), (1, 1), (2, 1))
    )
    assert [epochs for epochs, _ in at_once] == [50]
    assert all(earlier < later for (earlier, _), (later, _) in pairwise(watched))
    assert watched[-1][0] == 50
    assert watched[-1][1].tobytes() == at_once[-1][1].tobytes() != other[-1][1].tobytes()


def test_descent_draws_together_what_belongs_together(clustered: Callable[..., Matrix]) -> None:
    rows = clustered(300, n_groups=3)
    graph = fuzzy_graph(nearest_neighbours(rows, k=14))
    start = np.random.default_rng(0).uniform(-10, 10, (300, 2)).astype(np.float32)
    *_, (_, positions) = descend(
        graph, start, curve=Curve.fitted(min_dist=0.1, spread=1), n_epochs=200, seed=1, blocks=1
    )
    along_edges, any_two = (
        np.linalg.norm(positions[a] - positions[b], axis=1).mean()
        for a, b in (graph.nonzero(), np.random.default_rng(1).integers(0, 300, (2, 5000)))
    )
    assert along_edges < any_two / 4
