"""Writes what a scan found into the rows of a source."""

from django.utils import timezone

from services.main_app.sources.models import AudioFile, Source, hash_of_ref
from services.main_app.sources.scan import Batch
from shared.python.utils import batched

_CHANGING = ("path", "size_bytes", "modified_at", "version", "content_hash", "gone_at")


def store(source: Source, batch: Batch) -> list[AudioFile]:
    """Store one batch, in the caller's transaction; give the rows of its arrivals, in their order.

    Of rows that were there before, `created_at` is not read.
    """
    rows = [
        AudioFile(
            source=source,
            ref=arrival.ref,
            ref_hash=hash_of_ref(arrival.ref),
            path=arrival.path,
            size_bytes=arrival.size_bytes,
            modified_at=arrival.modified_at,
            version=arrival.version,
            content_hash=arrival.content_hash,
            gone_at=None,
        )
        for arrival in batch.arrivals
    ]
    AudioFile.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["source", "ref_hash"], update_fields=_CHANGING
    )
    if batch.gone:
        _mark_gone(source, refs=batch.gone)
    if batch.cursor is not None:
        source.cursor = batch.cursor
        source.state, source.problem = Source.State.OK, ""
        source.save(update_fields=["cursor", "state", "problem"])
    return rows


def _mark_gone(source: Source, *, refs: tuple[str, ...]) -> None:
    now = timezone.now()
    for some in batched(refs, 500):
        gone = source.files.filter(ref_hash__in=[hash_of_ref(ref) for ref in some])
        AudioFile.objects.filter(parent__in=gone.values("pk"), gone_at=None).update(gone_at=now)
        gone.filter(gone_at=None).update(gone_at=now)


def mark_unreachable(source: Source, problem: str) -> None:
    """Note that a source could not be read as a whole; nothing of it is taken for gone."""
    source.state, source.problem = Source.State.UNREACHABLE, problem
    source.save(update_fields=["state", "problem"])
