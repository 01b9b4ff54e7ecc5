"""Preview clips, one by one and in blocks of neighbours, so that what is near the pointer comes at once.

A block holds the clips of 64 points that follow each other in point order, all little-endian::

    u32                       n
    n x (u32, f32, f32)       byte length (0: no preview), gain that was applied in dB, start in s
    the clips                 encoded, one after the other
"""

import struct
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from services.main_app.analyses.documents import read_document
from services.main_app.analyses.models import Analysis
from services.main_app.maps.blobs import content_hashes, storage
from services.main_app.maps.columns import ANALYZE_NODE
from services.main_app.maps.models import Layout
from shared.python.errors import NotFoundError
from shared.python.messages import preview_key

MEDIA_TYPE = "application/vnd.tonotope.previews"
BLOCK_POINTS = 64
_READERS = 16
_COUNT = struct.Struct("<I")
_ENTRY = struct.Struct("<Iff")


@dataclass(frozen=True, slots=True)
class Clip:
    """The most telling moment of one sound."""

    encoded: bytes = b""
    gain_db: float = 0.0
    start_s: float = 0.0


def newest_analyses(hashes: Sequence[str]) -> dict[str, Analysis]:
    """Give the newest measurement of each sound that was measured, by hash; without the heavy columns."""
    rows = Analysis.objects.filter(
        content_hash__in=hashes, node_type=ANALYZE_NODE, state=Analysis.State.ANALYZED
    )
    light = rows.only("content_hash", "node_version", "result_url", "duration_s", "flags")
    return {row.content_hash: row for row in light.order_by("node_version")}


def preview_block(layout: Layout, block: int) -> bytes:
    """Give the clips of points ``64 * block`` to ``64 * block + 63``.

    Raises
    ------
    NotFoundError
        When the layout is not ready or has no such points.
    """
    start = BLOCK_POINTS * block
    hashes = content_hashes(layout, start=start, end=start + BLOCK_POINTS)
    if not hashes:
        raise NotFoundError(f"layout {layout.pk} has {layout.n_points} points and so no block {block}")
    analyses = newest_analyses(hashes)
    with ThreadPoolExecutor(_READERS) as readers:
        clips = list(readers.map(_read, [analyses.get(content_hash) for content_hash in hashes]))
    entries = [_ENTRY.pack(len(clip.encoded), clip.gain_db, clip.start_s) for clip in clips]
    return b"".join([_COUNT.pack(len(clips)), *entries, *(clip.encoded for clip in clips)])


def read_preview(content_hash: str) -> tuple[bytes, int]:
    """Give the clip of one sound, and the version of the node that made it.

    Raises
    ------
    NotFoundError
        When there is none.
    """
    analysis = newest_analyses([content_hash]).get(content_hash)
    if analysis is None:
        raise NotFoundError("this sound has no preview yet")
    return storage().get(preview_key(content_hash, analysis.node_version)), analysis.node_version


def _read(analysis: Analysis | None) -> Clip:
    if analysis is None:
        return Clip()
    try:
        encoded = storage().get(preview_key(analysis.content_hash, analysis.node_version))
        preview = read_document(analysis.result_url).preview
    except NotFoundError:
        return Clip()
    return Clip(encoded=encoded, gain_db=preview.gain_db, start_s=preview.start_s)
