from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.manifold import trustworthiness
from sklearn.metrics import adjusted_rand_score
from umap import UMAP

from services.umap_service.engine import MAX_FRAMES, RADIUS, find_clusters, fit_layout, pca_layout, place
from services.umap_service.neighbours import nearest_neighbours
from services.umap_service.parameters import ClusterParameters, LayoutParameters, PlaceParameters
from shared.python.errors import CorruptError

Matrix = npt.NDArray[np.float32]

AS_IT_IS = LayoutParameters(scale="none")


def preservation(matrix: Matrix, layout: Matrix, *, k: int = 15) -> float:
    """Give the share of the k nearest rows that are among the k nearest points."""
    rows, points = (nearest_neighbours(each, k=k).indices for each in (matrix, layout))
    return float(np.mean([len(set(a) & set(b)) / k for a, b in zip(rows, points, strict=True)]))


@dataclass(frozen=True)
class Reference:
    matrix: Matrix
    trustworthiness: float
    preservation: float


@pytest.fixture(scope="module", params=["clustered", "curved_sheet"])
def reference(request: pytest.FixtureRequest) -> Reference:
    """A data set and how well umap-learn lays it out."""
    matrix = request.getfixturevalue(request.param)(1000)
    layout = UMAP(random_state=0, n_jobs=1).fit_transform(matrix)
    return Reference(matrix, trustworthiness(matrix, layout, n_neighbors=15), preservation(matrix, layout))


def test_layout_is_as_good_as_that_of_umap_learn(reference: Reference) -> None:
    layouts = [
        fit_layout(reference.matrix, AS_IT_IS.model_copy(update={"seed": seed})).coordinates
        for seed in range(3)
    ]
    # Over seeds, both programs scatter by 0.0006 (trustworthiness) and 0.0033 (preservation).
    trusts = [trustworthiness(reference.matrix, layout, n_neighbors=15) for layout in layouts]
    assert np.mean(trusts) >= reference.trustworthiness - 0.002
    preservations = [preservation(reference.matrix, layout) for layout in layouts]
    assert np.mean(preservations) >= reference.preservation - 0.01


def test_equal_arguments_give_equal_bytes_for_any_threads_and_watchers(
    clustered: Callable[..., Matrix],
) -> None:
    matrix = clustered(700)
    parameters = LayoutParameters(n_epochs=60, threads=1)
    plain = fit_layout(matrix, parameters).coordinates
    threaded = fit_layout(matrix, parameters.model_copy(update={"threads": 4})).coordinates
    watched = fit_layout(matrix, parameters, on_frame=lambda fraction, frame: None).coordinates
    other = fit_layout(matrix, parameters.model_copy(update={"seed": 1})).coordinates
    assert plain.tobytes() == threaded.tobytes() == watched.tobytes() != other.tobytes()


def test_frames_lead_from_the_projection_to_the_layout(clustered: Callable[..., Matrix]) -> None:
    matrix = clustered(500)
    frames: list[tuple[float, Matrix]] = []
    layout = fit_layout(
        matrix, LayoutParameters(), on_frame=lambda fraction, frame: frames.append((fraction, frame.copy()))
    )
    fractions = [fraction for fraction, _ in frames]
    assert fractions[0] == 0
    assert fractions[-1] == 1
    assert fractions == sorted(set(fractions))
    assert 10 < len(frames) <= MAX_FRAMES
    np.testing.assert_array_equal(frames[0][1], pca_layout(matrix, LayoutParameters()).coordinates)
    np.testing.assert_array_equal(frames[-1][1], layout.coordinates)
    for _, frame in frames:
        np.testing.assert_allclose(frame.mean(axis=0), 0, atol=1e-4)
        assert (frame**2).sum(axis=1).mean() == pytest.approx(RADIUS**2, rel=1e-4)
    # Calm to watch: nothing is turned over or thrown about from one picture to the next.
    turns = [(a * b).sum() / RADIUS**2 / len(matrix) for (_, a), (_, b) in pairwise(frames)]
    assert min(turns) > 0.5
    assert min(turns[5:]) > 0.95


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 14, 15, 16, 17, 40])
def test_few_rows_are_laid_out(n: int) -> None:
    matrix = np.random.default_rng(n).normal(size=(n, 6))
    coordinates = fit_layout(matrix, LayoutParameters()).coordinates
    assert coordinates.shape == (n, 2)
    assert coordinates.dtype == np.float32
    assert np.isfinite(coordinates).all()
    assert len(np.unique(coordinates, axis=0)) == n


@pytest.mark.parametrize("parameters", [LayoutParameters(), AS_IT_IS], ids=["robust", "none"])
def test_equal_rows_stand_apart_in_one_heap(parameters: LayoutParameters) -> None:
    coordinates = fit_layout(np.full((300, 5), 0.3), parameters).coordinates
    assert np.isfinite(coordinates).all()
    assert len(np.unique(coordinates, axis=0)) == 300


def test_a_heap_of_copies_stands_apart_from_other_sounds() -> None:
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(900, 12))
    matrix[:600] = matrix[0] + 8
    coordinates = fit_layout(matrix, AS_IT_IS).coordinates
    copies, others = coordinates[:600], coordinates[600:]
    gap = np.linalg.norm(copies.mean(axis=0) - others.mean(axis=0))
    assert gap > 2 * max(copies.std(), others.std())


def test_constant_columns_change_nothing(clustered: Callable[..., Matrix]) -> None:
    matrix = clustered(200)
    widened = np.insert(matrix, [0, 7], [3.0, 1e9], axis=1)
    plain, wide = (fit_layout(rows, LayoutParameters(n_epochs=30)) for rows in (matrix, widened))
    assert preservation(plain.coordinates, wide.coordinates) > 0.9


def test_data_in_parts_is_laid_out_in_parts() -> None:
    rng = np.random.default_rng(0)
    matrix = np.concatenate([rng.normal(size=(100, 8)) + 200 * part for part in range(6)])
    layout = fit_layout(matrix, AS_IT_IS)
    assert layout.report["n_parts"] == 6
    group = np.arange(600) // 100
    near = nearest_neighbours(layout.coordinates, k=10).indices
    assert (group[near] == group[:, None]).mean() > 0.99


@pytest.mark.parametrize("n_components", [1, 3])
def test_layouts_have_the_dimensions_that_are_asked_for(
    n_components: int, clustered: Callable[..., Matrix]
) -> None:
    layout = fit_layout(clustered(120), LayoutParameters(n_components=n_components, n_epochs=20))
    assert layout.coordinates.shape == (120, n_components)
    assert np.isfinite(layout.coordinates).all()


def test_values_that_are_not_finite_are_refused_with_their_row() -> None:
    matrix = np.zeros((10, 3))
    matrix[4, 1] = np.nan
    for call in (fit_layout, pca_layout):
        with pytest.raises(CorruptError, match="row 4 of the matrix"):
            call(matrix, LayoutParameters())


def test_new_rows_stand_among_their_neighbours_and_old_points_do_not_move(
    clustered: Callable[..., Matrix],
) -> None:
    matrix = clustered(800)
    old, new = matrix[:700], matrix[700:]
    layout = fit_layout(old, LayoutParameters()).coordinates
    before = layout.tobytes(), old.tobytes()
    positions = place(old, layout, new, PlaceParameters())
    assert (layout.tobytes(), old.tobytes()) == before
    near = nearest_neighbours(layout, queries=positions, k=10).indices
    assert (near % 12 == (np.arange(700, 800) % 12)[:, None]).mean() > 0.97


def test_a_row_is_placed_as_if_it_were_the_only_one(clustered: Callable[..., Matrix]) -> None:
    matrix = clustered(500)
    layout = fit_layout(matrix[:450], LayoutParameters(n_epochs=50)).coordinates
    together = place(matrix[:450], layout, matrix[450:], PlaceParameters())
    alone = [place(matrix[:450], layout, row[None], PlaceParameters())[0] for row in matrix[450:470]]
    np.testing.assert_allclose(together[:20], alone, atol=1e-4)


def test_a_row_that_is_on_the_map_is_placed_beside_itself(clustered: Callable[..., Matrix]) -> None:
    matrix = clustered(500)
    layout = fit_layout(matrix, LayoutParameters()).coordinates
    positions = place(matrix, layout, matrix[:100], PlaceParameters())
    assert np.median(np.linalg.norm(positions - layout[:100], axis=1)) < 0.05 * RADIUS


@pytest.mark.parametrize("n_old", [1, 2, 5])
def test_rows_are_placed_on_tiny_layouts(n_old: int) -> None:
    rows = np.random.default_rng(0).normal(size=(n_old + 3, 4))
    layout = fit_layout(rows[:n_old], LayoutParameters()).coordinates
    positions = place(rows[:n_old], layout, rows[n_old:], PlaceParameters())
    assert positions.shape == (3, 2)
    assert np.isfinite(positions).all()


def test_placing_no_rows_gives_no_positions() -> None:
    rows = np.random.default_rng(0).normal(size=(20, 4))
    assert place(rows, rows[:, :2], rows[:0], PlaceParameters()).shape == (0, 2)


@pytest.mark.parametrize(
    ("n_layout", "n_columns", "n_old", "reason"),
    [(19, 4, 20, "do not belong together"), (20, 5, 20, "5 columns"), (0, 4, 0, "no points")],
)
def test_what_does_not_fit_together_is_refused(
    n_layout: int, n_columns: int, n_old: int, reason: str
) -> None:
    with pytest.raises(CorruptError, match=reason):
        place(np.zeros((n_old, 4)), np.zeros((n_layout, 2)), np.zeros((3, n_columns)), PlaceParameters())


def test_groups_of_the_data_are_found_on_its_layout(clustered: Callable[..., Matrix]) -> None:
    layout = fit_layout(clustered(900), LayoutParameters()).coordinates
    labels = find_clusters(layout, ClusterParameters())
    assert (labels >= 0).mean() > 0.9
    assert adjusted_rand_score(np.arange(900) % 12, labels) > 0.9
