from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from services.umap_service.clusters import automatic_min_cluster_size, cluster_labels


def blobs(*sizes: int, seed: int = 0) -> npt.NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    spots = [rng.normal((8 * i, 3 * (i % 2)), 0.3, (size, 2)) for i, size in enumerate(sizes)]
    return np.concatenate(spots).astype(np.float32)


def test_blobs_are_found_and_numbered_by_size() -> None:
    labels = cluster_labels(blobs(100, 400, 200))
    assert labels.dtype == np.int32
    for span, cluster in ((slice(100), 2), (slice(100, 500), 0), (slice(500, 700), 1)):
        inside = labels[span]
        assert (inside[inside >= 0] == cluster).all()
        assert (inside == cluster).mean() > 0.9


def test_stray_points_are_in_no_cluster() -> None:
    layout = np.append(blobs(200, 200), [[4, 40], [-30, 0], [60, -50]], axis=0).astype(np.float32)
    assert (cluster_labels(layout)[-3:] == -1).all()


def test_smallest_cluster_size_is_obeyed() -> None:
    layout = blobs(300, 300, 12)
    assert cluster_labels(layout, min_cluster_size=8).max() == 2
    assert cluster_labels(layout, min_cluster_size=40).max() == 1


@pytest.mark.parametrize(
    "make", [lambda n: np.zeros((n, 2), np.float32), blobs], ids=["on one spot", "one blob"]
)
@pytest.mark.parametrize("n", [0, 1, 2, 9, 30])
def test_where_there_are_no_groups_there_is_one_label_per_point(
    make: Callable[[int], npt.NDArray[np.float32]], n: int
) -> None:
    labels = cluster_labels(make(n))
    assert labels.shape == (n,)
    assert ((labels >= -1) & (labels < max(n, 1))).all()


def test_points_on_one_spot_are_no_groups() -> None:
    assert (cluster_labels(np.zeros((100, 2), np.float32)) == -1).all()


def test_smallest_size_grows_with_the_map() -> None:
    assert [automatic_min_cluster_size(n) for n in (0, 50, 10_000, 1_000_000)] == [5, 5, 50, 500]
