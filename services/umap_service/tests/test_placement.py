import numpy as np
import pytest

from services.umap_service.neighbours import Neighbours
from services.umap_service.placement import placed


def neighbours_at(distances: list[float]) -> Neighbours:
    return Neighbours(np.arange(len(distances), dtype=np.int32)[None], np.array([distances], np.float32))


def layout_with_corners() -> np.ndarray:
    """Three points in one corner, two in another, and enough elsewhere to make a map."""
    rest = np.random.default_rng(0).uniform(-10, 10, (50, 2))
    return np.concatenate([[[9, 9], [9.2, 9], [9, 9.2], [-9, -9], [-9.2, -9]], rest]).astype(np.float32)


def test_a_row_goes_to_the_neighbours_that_agree_and_not_between_corners() -> None:
    position = placed(layout_with_corners(), neighbours_at([1.0, 1.1, 1.2, 1.1, 1.3]))
    assert np.linalg.norm(position[0] - [9.07, 9.07]) < 0.2


def test_the_nearest_neighbour_weighs_most() -> None:
    layout = np.array([[0, 0], [1, 0], [0, 8], [8, 8]], np.float32)
    position = placed(layout, neighbours_at([0.1, 2.0]))
    assert 0 <= position[0, 0] < 0.5


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_placement_moves_with_the_layout(scale: float) -> None:
    layout, neighbours = layout_with_corners(), neighbours_at([1.0, 1.1, 1.2])
    np.testing.assert_allclose(
        placed(layout * np.float32(scale), neighbours), placed(layout, neighbours) * scale, rtol=1e-4
    )


def test_a_layout_on_one_spot_takes_new_rows_to_that_spot() -> None:
    position = placed(np.full((6, 2), 2.5, np.float32), neighbours_at([1.0, 2.0, 3.0]))
    np.testing.assert_allclose(position, 2.5)
