"""Builds layouts: from the vectors of a source's sounds to points that a browser can draw.

A layout is fitted once and then grows: new sounds are placed among the old ones, which do not move, until
somebody asks for a new layout. Each step is a version of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from django.utils import timezone

from services.main_app.analyses.models import Analysis
from services.main_app.maps.blobs import storage
from services.main_app.maps.clusters import describe_clusters
from services.main_app.maps.models import Layout, SoundMap
from services.main_app.maps.packed import pack_points
from services.main_app.sources.models import Source

Floats = npt.NDArray[np.float32]
HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class Rows:
    """The sounds of a source, one row each: what a layout is computed from.

    Attributes
    ----------
    audio_file_ids
        int64, shape (n,): of all files with the same bytes, the one that was known first.
    hashes
        uint8, shape (n, 32).
    vectors
        float32, shape (n, n_features).
    """

    audio_file_ids: npt.NDArray[np.int64]
    hashes: npt.NDArray[np.uint8]
    vectors: Floats

    def __len__(self) -> int:
        return len(self.audio_file_ids)

    def take(self, index: npt.NDArray[np.int64]) -> Self:
        return type(self)(self.audio_file_ids[index], self.hashes[index], self.vectors[index])


def rows_of(source: Source, *, node_type: str, node_version: int) -> Rows:
    """Give every sound of a source that is there now and was measured, in the order of its file's id.

    A file of which there are slices is there as its slices, and not as a whole.
    """
    files = source.files.filter(gone_at=None).exclude(content_hash="").order_by("id")
    first_id: dict[str, int] = {}
    parent_of: dict[int, int] = {}
    for file_id, content_hash, parent_id in files.values_list("id", "content_hash", "parent_id").iterator():
        first_id.setdefault(content_hash, file_id)
        if parent_id is not None:
            parent_of[file_id] = parent_id
    analyses = Analysis.objects.filter(
        node_type=node_type,
        node_version=node_version,
        state=Analysis.State.ANALYZED,
        content_hash__in=files.order_by().values("content_hash"),
    )
    found = sorted(
        (first_id[content_hash], content_hash, bytes(vector))
        for content_hash, vector in analyses.values_list("content_hash", "vector").iterator()
        if content_hash in first_id
    )
    sliced = {parent_of[file_id] for file_id, _, _ in found if file_id in parent_of}
    if sliced:
        found = [row for row in found if row[0] not in sliced]
    hashes = b"".join(bytes.fromhex(content_hash) for _, content_hash, _ in found)
    vectors = np.frombuffer(b"".join(vector for _, _, vector in found), dtype="<f4")
    return Rows(
        audio_file_ids=np.array([file_id for file_id, _, _ in found], dtype=np.int64),
        hashes=np.frombuffer(hashes, dtype=np.uint8).reshape(-1, HASH_BYTES),
        vectors=vectors.reshape(len(found), -1) if found else np.empty((0, 0), dtype=np.float32),
    )


def create_layout(
    sound_map: SoundMap,
    *,
    kind: Layout.Kind,
    rows: Rows,
    node_version: int,
    parameters: Mapping[str, Any],
    run_id: int,
    job_id: str,
    base: Layout | None = None,
) -> Layout:
    """Make the next version of a map's layout, to be computed, with everything that it is computed from."""
    last = sound_map.layouts.order_by("-version").first()
    layout = Layout(
        sound_map=sound_map,
        run_id=run_id,
        job_id=job_id,
        version=1 if last is None else last.version + 1,
        kind=kind,
        base=base,
        parameters=dict(parameters),
        node_version=node_version,
        n_points=len(rows),
    )
    prefix = layout_prefix(sound_map, layout.version)
    blobs = storage()
    layout.rows_url = blobs.put_array(f"{prefix}/rows.npy", rows.audio_file_ids)
    layout.hashes_url = blobs.put_array(f"{prefix}/hashes.npy", rows.hashes)
    layout.matrix_url = blobs.put_array(f"{prefix}/matrix.npy", rows.vectors)
    layout.save()
    return layout


def layout_prefix(sound_map: SoundMap, version: int) -> str:
    """Key under which all blobs of one layout stand."""
    return f"layouts/{sound_map.pk}/{version}"


def known_rows(layout: Layout, rows: Rows) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Find the sounds that a layout knows already.

    Returns
    -------
    here, there
        int64: which of `rows` are known, and which row of the layout each of them is.
    """
    old = storage().get_array(layout.hashes_url)
    position = {bytes(content_hash): row for row, content_hash in enumerate(old)}
    pairs = [
        (row, position[key])
        for row, content_hash in enumerate(rows.hashes)
        if (key := bytes(content_hash)) in position
    ]
    both = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def complete(layout: Layout, coordinates: Floats) -> None:
    """Make a layout the map's own: its points are packed for the browser, and the map shows them.

    Parameters
    ----------
    coordinates
        float32, shape (n_points, 2), rows as in the layout's matrix.
    """
    prefix = layout_prefix(layout.sound_map, layout.version)
    layout.coordinates_url = storage().put_array(f"{prefix}/coordinates.npy", coordinates)
    layout.state, layout.ready_at = Layout.State.READY, timezone.now()
    _pack(layout, coordinates, labels=None)
    layout.save()
    layout.sound_map.layout = layout
    layout.sound_map.save()


def set_clusters(layout: Layout, labels: npt.NDArray[np.int32]) -> None:
    """Give a layout its clusters, each with a name made of what sets its sounds apart."""
    blobs = storage()
    prefix = layout_prefix(layout.sound_map, layout.version)
    coordinates = blobs.get_array(layout.coordinates_url)
    layout.labels_url = blobs.put_array(f"{prefix}/labels.npy", labels)
    layout.clusters = describe_clusters(layout, coordinates=coordinates, labels=labels, blobs=blobs)
    _pack(layout, coordinates, labels=labels)
    layout.save()
    layout.sound_map.save()  # touches `changed_at`, by which browsers learn that there is something new


def _pack(layout: Layout, coordinates: Floats, *, labels: npt.NDArray[np.int32] | None) -> None:
    blobs = storage()
    prefix = layout_prefix(layout.sound_map, layout.version)
    packed = pack_points(coordinates, blobs.get_array(layout.rows_url), labels)
    suffix = (
        "" if labels is None else "-clustered"
    )  # a URL's content never changes: browsers keep it for ever
    layout.points_url = blobs.put(f"{prefix}/points{suffix}.tnp", packed.encoded)
    layout.order_url = blobs.put_array(f"{prefix}/order.npy", packed.order)
    layout.bounds = list(packed.bounds)
