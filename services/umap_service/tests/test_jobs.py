import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from services.umap_service import jobs
from services.umap_service.engine import pca_layout
from services.umap_service.parameters import LayoutParameters
from shared.python.errors import ConfigError, CorruptError, NotFoundError
from shared.python.messages import SoundsClustered, SoundsLaidOut, SoundsPlaced
from shared.python.storage import Storage

Matrix = npt.NDArray[np.float32]


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Storage:
    monkeypatch.setenv("STORAGE_URL", f"file://{tmp_path}")
    return Storage.from_environment()


def test_a_layout_is_written_with_its_frames(
    storage: Storage, clustered: Callable[..., Matrix], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "SECONDS_BETWEEN_FRAMES", 0)
    matrix = clustered(300)
    url = storage.put_array("matrix.npy", matrix)
    reports: list[tuple[float, str | None]] = []
    result = jobs.lay_out(url, "maps/1", "umap", {}, report=lambda *report: reports.append(report))

    event = SoundsLaidOut(job_id="1", **json.loads(json.dumps(result)))
    layout = storage.get_array(event.layout_url)
    assert event.layout_url == "blob:maps/1/layout.npy"
    assert layout.shape == (300, 2)
    assert layout.dtype == np.float32
    *frames, last = reports
    assert last == (1.0, None)
    assert [url for _, url in frames] == [f"blob:maps/1/frames/{k}.npy" for k in range(len(frames))]
    assert 10 < len(frames) < 40
    first = storage.get_array(str(frames[0][1]))
    np.testing.assert_array_equal(first, pca_layout(matrix, LayoutParameters()).coordinates)
    assert first.dtype == np.float32


def test_frames_come_no_faster_than_they_can_be_watched(
    storage: Storage, clustered: Callable[..., Matrix], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "SECONDS_BETWEEN_FRAMES", 3600)
    reports: list[tuple[float, str | None]] = []
    jobs.lay_out(
        storage.put_array("matrix.npy", clustered(100)), "maps/1", "umap", {},
        report=lambda *report: reports.append(report),
    )  # fmt: skip
    assert reports == [(0.0, "blob:maps/1/frames/0.npy"), (1.0, None)]


def test_a_preview_is_the_projection(storage: Storage, clustered: Callable[..., Matrix]) -> None:
    matrix = clustered(100)
    result = jobs.lay_out(storage.put_array("matrix.npy", matrix), "maps/1", "pca", {})
    np.testing.assert_array_equal(
        storage.get_array(result["layout_url"]), pca_layout(matrix, LayoutParameters()).coordinates
    )


def test_rows_are_placed_and_groups_found(storage: Storage, clustered: Callable[..., Matrix]) -> None:
    matrix = clustered(400, n_groups=4)
    old, new = (
        storage.put_array(f"{name}.npy", rows) for name, rows in (("a", matrix[:300]), ("b", matrix[300:]))
    )
    laid_out = jobs.lay_out(old, "maps/1", "umap", {"min_dist": 0.05})
    before = storage.get(laid_out["layout_url"])

    placed = jobs.place(old, laid_out["layout_url"], new, "maps/2", {"min_dist": 0.05})
    event = SoundsPlaced(job_id="2", **placed)
    assert event.layout_url == "blob:maps/2/layout.npy"
    assert storage.get_array(event.layout_url).shape == (100, 2)
    assert storage.get(laid_out["layout_url"]) == before

    clusters = SoundsClustered(job_id="3", **jobs.cluster(laid_out["layout_url"], "maps/1", {}))
    labels = storage.get_array(clusters.labels_url)
    assert labels.dtype == np.int32
    assert labels.shape == (300,)
    assert clusters.n_clusters == 4 == labels.max() + 1


def test_what_cannot_be_done_is_said(storage: Storage) -> None:
    url = storage.put_array("matrix.npy", np.zeros((5, 2), np.float32))
    with pytest.raises(ConfigError, match="tsne"):
        jobs.lay_out(url, "maps/1", "tsne", {})
    with pytest.raises(ConfigError, match="n_neighbors = 0"):
        jobs.lay_out(url, "maps/1", "umap", {"n_neighbors": 0})
    with pytest.raises(NotFoundError, match=r"gone\.npy"):
        jobs.lay_out("blob:gone.npy", "maps/1", "umap", {})
    bad = storage.put_array("bad.npy", np.array([[0.0, 1.0], [np.nan, 1.0]]))
    with pytest.raises(CorruptError, match="row 1"):
        jobs.lay_out(bad, "maps/1", "umap", {})


def test_warming_up_leaves_nothing_to_compile(storage: Storage, clustered: Callable[..., Matrix]) -> None:
    jobs.warm_up()
    from services.umap_service.graph import _fill_strengths
    from services.umap_service.layout import _compiled_epochs
    from services.umap_service.neighbours import _keep_nearest

    kernels = (_fill_strengths, _compiled_epochs(2), _keep_nearest)
    compiled = [len(kernel.signatures) for kernel in kernels]  # type: ignore[attr-defined]
    jobs.lay_out(storage.put_array("matrix.npy", clustered(200)), "maps/1", "umap", {"n_epochs": 2})
    assert [len(kernel.signatures) for kernel in kernels] == compiled  # type: ignore[attr-defined]
