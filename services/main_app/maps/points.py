"""The points of a layout as they are sent: packed and compressed once, then kept."""

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from services.main_app.maps.blobs import audio_file_ids, in_point_order, key_beside, storage
from services.main_app.maps.models import Layout
from services.main_app.maps.packed import ALL_SECTIONS, Section, pack_points, select_sections
from services.main_app.sources.models import AudioFile
from shared.python.errors import NotFoundError
from shared.python.utils import batched

_BATCH = 1000
_LEVEL = 6


@dataclass(frozen=True, slots=True)
class Points:
    """Some sections of a layout's points."""

    layout: Layout
    sections: Section = ALL_SECTIONS

    @property
    def version(self) -> str:
        """What changes when the bytes do: with the layout's clusters, and with what is asked for."""
        what = f"{self.layout.pk} {self.layout.points_url} {self.layout.labels_url} {int(self.sections)}"
        return hashlib.sha256(what.encode()).hexdigest()[:20]

    @property
    def is_final(self) -> bool:
        """Whether they will never change: a layout gets its clusters a moment after it is ready."""
        return bool(self.layout.labels_url) or self.layout.kind == Layout.Kind.PREVIEW

    def packed(self) -> bytes:
        """Give them packed.

        Raises
        ------
        NotFoundError
            When the layout is not ready.
        """
        if not self.layout.points_url:
            raise NotFoundError(f"layout {self.layout.pk} is not ready yet")
        everything = storage().get(self.layout.points_url)
        return everything if self.sections == ALL_SECTIONS else select_sections(everything, self.sections)

    def gzipped(self) -> bytes:
        """Give them packed and compressed with gzip, which takes too long to do it every time."""
        key = key_beside(self.layout, f"sent/{self.version}.gz")
        blobs = storage()
        try:
            return blobs.get(key)
        except NotFoundError:
            compressed = gzip.compress(self.packed(), _LEVEL, mtime=0)
            blobs.put(key, compressed)
            return compressed


def no_points() -> bytes:
    """Give the points of a map that has no layout yet."""
    return pack_points(np.empty((0, 2), dtype=np.float32), np.empty(0, dtype=np.int64)).encoded


def points_as_objects(layout: Layout) -> list[dict[str, object]]:
    """Give the points one by one: audio file, path, and the coordinates as they were computed."""
    ids = audio_file_ids(layout).tolist()
    coordinates = in_point_order(layout, layout.coordinates_url).tolist()
    paths = dict(_paths(ids))
    return [
        {"audio_file_id": file_id, "path": paths[file_id], "x": x, "y": y}
        for file_id, (x, y) in zip(ids, coordinates, strict=True)
        if file_id in paths
    ]


def _paths(ids: list[int]) -> Iterator[tuple[int, str]]:
    for some in batched(ids, _BATCH):
        yield from AudioFile.objects.filter(pk__in=some).values_list("pk", "path")
