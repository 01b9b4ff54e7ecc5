"""The blobs of a layout: reading those that it was made with, and keeping beside them what is derived."""

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from django.conf import settings

from services.main_app.maps.models import Layout
from shared.python.errors import NotFoundError
from shared.python.storage import BLOB_SCHEME, Storage

_KEPT_ARRAYS = 16


def storage() -> Storage:
    return Storage(settings.STORAGE_URL)


def key_beside(layout: Layout, name: str) -> str:
    """Give the key of a blob that is derived from a layout: beside the layout's own."""
    return f"{layout.rows_url.removeprefix(BLOB_SCHEME).rpartition('/')[0]}/{name}"


def in_point_order(layout: Layout, url: str) -> npt.NDArray[Any]:
    """Give an array whose rows are those of the layout's matrix, sorted as the points are.

    Raises
    ------
    NotFoundError
        When the layout is not ready.
    """
    if not layout.order_url:
        raise NotFoundError(f"layout {layout.pk} is not ready yet")
    order = _array(settings.STORAGE_URL, layout.order_url)
    rows: npt.NDArray[Any] = _array(settings.STORAGE_URL, url)[order]
    return rows


def audio_file_ids(layout: Layout) -> npt.NDArray[np.int64]:
    """Give the audio file of each point, int64, in point order."""
    return in_point_order(layout, layout.rows_url)


def content_hashes(layout: Layout, *, start: int = 0, end: int | None = None) -> list[str]:
    """Give the sound of each point in point order: what was heard, whatever became of the file since."""
    return [bytes(row).hex() for row in in_point_order(layout, layout.hashes_url)[start:end]]


def cluster_labels(layout: Layout) -> npt.NDArray[np.int32]:
    """Give the cluster of each point, int32, in point order; -1 for none."""
    if not layout.labels_url:
        return np.full(layout.n_points, -1, dtype=np.int32)
    return in_point_order(layout, layout.labels_url)


@lru_cache(maxsize=_KEPT_ARRAYS)
def _array(storage_url: str, url: str) -> npt.NDArray[Any]:
    # What a blob's URL stands for never changes, so that it can be kept.
    return Storage(storage_url).get_array(url)
