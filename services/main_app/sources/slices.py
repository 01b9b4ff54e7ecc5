"""The rows of slices: what part of which file each of them is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone

from services.main_app.sources.models import AudioFile, Source, hash_of_ref

_CHANGING = (
    "path",
    "size_bytes",
    "modified_at",
    "version",
    "content_hash",
    "gone_at",
    "parent",
    "start_s",
    "end_s",
)


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a sound that is a sound of its own."""

    content_hash: str
    start_s: float
    end_s: float


def slice_path(path: str, span: Span) -> str:
    """Give what people call a slice: its file and its time, written as a W3C media fragment."""
    return f"{path}#t={span.start_s:.3f},{span.end_s:.3f}"


def place_slices(source: Source, files: Sequence[AudioFile], spans: Mapping[str, Sequence[Span]]) -> None:
    """Give some files of a source exactly these slices, in the caller's transaction.

    Parameters
    ----------
    spans
        By the content hash of a file; one that is not named has no slices.
    """
    wanted = {
        row.ref_hash: row for file in files for row in _rows(source, file, spans.get(file.content_hash, ()))
    }
    # By their ids: whole objects cost Django more than the question does, and this is asked of every file.
    standing = AudioFile.objects.filter(parent__in=[file.pk for file in files], gone_at=None)
    present = dict(standing.values_list("ref_hash", "path"))
    fresh = [row for ref_hash, row in wanted.items() if present.get(ref_hash) != row.path]
    if fresh:
        AudioFile.objects.bulk_create(
            fresh, update_conflicts=True, unique_fields=["source", "ref_hash"], update_fields=_CHANGING
        )
    if left := present.keys() - wanted.keys():
        standing.filter(ref_hash__in=left).update(gone_at=timezone.now())


def _rows(source: Source, file: AudioFile, spans: Sequence[Span]) -> list[AudioFile]:
    return [
        AudioFile(
            source=source,
            ref=(ref := f"{file.ref}#{span.content_hash}"),
            ref_hash=hash_of_ref(ref),
            path=slice_path(file.path, span),
            size_bytes=file.size_bytes,
            modified_at=file.modified_at,
            version=file.version,
            content_hash=span.content_hash,
            gone_at=None,
            parent=file,
            start_s=span.start_s,
            end_s=span.end_s,
        )
        for span in spans
    ]
