"""What a worker's child process runs: blobs in, blobs out, around the engine.

The functions take and give plain values, so that they can be called by name across a process border.
"""

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from services.umap_service import engine
from services.umap_service.matrix import Matrix
from services.umap_service.parameters import (
    ClusterParameters,
    LayoutParameters,
    PlaceParameters,
    parse_parameters,
)
from shared.python.errors import ConfigError
from shared.python.storage import Storage

Report = Callable[[float, str | None], None]
"""Takes the fraction that is done, and the URL of an intermediate layout where there is a new one."""

SECONDS_BETWEEN_FRAMES = 0.2


def _report_to_nobody(fraction: float, frame_url: str | None) -> None:
    """Take the progress of a job that nobody watches."""


class _FrameWriter:
    """Stores the frames of a layout and reports them, as often as somebody who watches can use."""

    def __init__(self, storage: Storage, prefix: str, report: Report) -> None:
        self._storage, self._prefix, self._report = storage, prefix, report
        self._count = 0
        self._last = 0.0

    def __call__(self, fraction: float, coordinates: Matrix) -> None:
        now = perf_counter()
        # The first frame is the picture that people wait for; the last is the layout itself.
        if fraction >= 1 or (self._count and now - self._last < SECONDS_BETWEEN_FRAMES):
            return
        url = self._storage.put_array(f"{self._prefix}/frames/{self._count}.npy", coordinates)
        self._count, self._last = self._count + 1, now
        self._report(fraction, url)


def warm_up() -> None:
    """Compile, or load from `NUMBA_CACHE_DIR`, all that the first job of a process would wait for.

    With an empty cache this takes seconds of one core, with a full one a moment.
    """
    rows = np.random.default_rng(0).normal(size=(64, 4)).astype(np.float32)
    layout = engine.fit_layout(rows, LayoutParameters(n_epochs=1))
    engine.place(rows, layout.coordinates, rows[:1], PlaceParameters())
    engine.find_clusters(layout.coordinates, ClusterParameters())


def lay_out(
    matrix_url: str,
    output_prefix: str,
    method: str,
    parameters: dict[str, Any],
    *,
    report: Report = _report_to_nobody,
) -> dict[str, Any]:
    """Lay out the matrix at `matrix_url`; see `LayOutSounds`.

    Writes ``<output_prefix>/layout.npy``, and for the method ``umap`` on the way there at most 40 frames
    ``<output_prefix>/frames/<k>.npy`` at most five times a second, the first of them at once.

    Returns
    -------
    ``layout_url``, ``seconds``, ``report``: the fields of `SoundsLaidOut`.

    Raises
    ------
    ConfigError
        When the method or a parameter is unknown or out of range.
    CorruptError
        When the matrix is none, or holds NaN or infinity.
    NotFoundError, DeniedError, UnavailableError
        From the blob store.
    """
    began = perf_counter()
    settings = parse_parameters(LayoutParameters, parameters)
    storage = Storage.from_environment()
    matrix = storage.get_array(matrix_url)
    if method == "pca":
        layout = engine.pca_layout(matrix, settings)
    elif method == "umap":
        layout = engine.fit_layout(matrix, settings, on_frame=_FrameWriter(storage, output_prefix, report))
    else:
        raise ConfigError(f"there is no layout method {method!r}: it is umap or pca")
    url = storage.put_array(f"{output_prefix}/layout.npy", layout.coordinates)
    report(1.0, None)
    return {"layout_url": url, "seconds": perf_counter() - began, "report": layout.report}


def place(
    matrix_url: str,
    layout_url: str,
    new_matrix_url: str,
    output_prefix: str,
    parameters: dict[str, Any],
    *,
    report: Report = _report_to_nobody,
) -> dict[str, Any]:
    """Put the rows at `new_matrix_url` on a standing layout; see `PlaceSounds`.

    Writes ``<output_prefix>/layout.npy``, the new points alone. `parameters` are those of the layout. Raises
    what `lay_out` raises.

    Returns
    -------
    ``layout_url``, ``seconds``, ``report``.
    """
    began = perf_counter()
    settings = parse_parameters(PlaceParameters, parameters)
    storage = Storage.from_environment()
    standing = storage.get_array(layout_url)
    positions = engine.place(
        storage.get_array(matrix_url), standing, storage.get_array(new_matrix_url), settings
    )
    url = storage.put_array(f"{output_prefix}/layout.npy", positions)
    report(1.0, None)
    details = {"method": "place", "n": len(standing), "n_new": len(positions)}
    return {"layout_url": url, "seconds": perf_counter() - began, "report": details}


def cluster(
    layout_url: str,
    output_prefix: str,
    parameters: dict[str, Any],
    *,
    report: Report = _report_to_nobody,
) -> dict[str, Any]:
    """Group the points of a layout; see `ClusterSounds`.

    Writes ``<output_prefix>/clusters.npy``. Raises what `lay_out` raises.

    Returns
    -------
    ``labels_url``, ``n_clusters``, ``seconds``: the fields of `SoundsClustered`.
    """
    began = perf_counter()
    settings = parse_parameters(ClusterParameters, parameters)
    storage = Storage.from_environment()
    labels = engine.find_clusters(storage.get_array(layout_url), settings)
    url = storage.put_array(f"{output_prefix}/clusters.npy", labels)
    report(1.0, None)
    n_clusters = int(labels.max(initial=-1)) + 1
    return {"labels_url": url, "n_clusters": n_clusters, "seconds": perf_counter() - began}
