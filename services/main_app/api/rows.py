"""What lists show of a layout's points, in point order."""

from services.main_app.api.schemas import RowsOut
from services.main_app.maps.blobs import audio_file_ids, cluster_labels, content_hashes
from services.main_app.maps.models import Layout
from services.main_app.maps.previews import newest_analyses
from services.main_app.sources.models import AudioFile


def rows(layout: Layout, *, offset: int, limit: int) -> RowsOut:
    """Give `limit` points from the `offset`-th on; fewer at the end.

    Raises
    ------
    NotFoundError
        When the layout is not ready.
    """
    ids = audio_file_ids(layout)[offset : offset + limit].tolist()
    hashes = content_hashes(layout, start=offset, end=offset + limit)
    files = AudioFile.objects.only("path").in_bulk(ids)
    analyses = newest_analyses(hashes)
    found = [analyses.get(content_hash) for content_hash in hashes]
    paths = [files[file_id].path if file_id in files else "" for file_id in ids]
    return RowsOut(
        audio_file_id=ids,
        name=[path.rpartition("/")[2] for path in paths],
        path=paths,
        duration_s=[analysis.duration_s if analysis else None for analysis in found],
        cluster=cluster_labels(layout)[offset : offset + limit].tolist(),
        flags=[analysis.flags if analysis else [] for analysis in found],
    )
