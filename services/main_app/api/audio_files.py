"""One file: what is known about it, its sound, and its preview."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Router

from integrations.core.sound_names import sound_type
from services.main_app.analyses.documents import read_document
from services.main_app.analyses.models import Slicing
from services.main_app.api.binary import binary_response, unchanged_response
from services.main_app.api.lookup import find
from services.main_app.api.schemas import AudioFileOut, SliceOut
from services.main_app.jobs.database import in_database
from services.main_app.maps.previews import newest_analyses, read_preview
from services.main_app.sources.content_types import (
    SNIFFED_BYTES,
    UNKNOWN,
    content_type,
    is_played_by_browsers,
)
from services.main_app.sources.models import AudioFile
from services.main_app.sources.streaming import media_type, stream_original
from shared.python.errors import TonotopeError

router = Router(tags=["audio files"])
_BYTES = {"description": "OK", "content": {"audio/*": {"schema": {"type": "string", "format": "binary"}}}}
_PARTIAL = {"responses": {200: _BYTES, 206: {**_BYTES, "description": "Partial Content"}}}
_GIVES_BYTES = {"responses": {200: _BYTES}}


@router.get("/{int:audio_file_id}", response=AudioFileOut)
def get_audio_file(request: HttpRequest, audio_file_id: int) -> AudioFileOut:
    """Tell all that is known about a file."""
    file = _find(audio_file_id)
    kind, is_there = _kind(_whole(file))
    slices = set(file.slices.filter(gone_at=None).values_list("content_hash", flat=True))
    described = AudioFileOut(
        id=file.pk,
        name=file.name,
        path=file.path,
        source_id=file.source_id,
        size_bytes=file.size_bytes,
        content_hash=file.content_hash,
        mime=kind,
        copies=_copies(file),
        playable=is_there and is_played_by_browsers(kind),
        slice=_slice(file),
        n_slices=len(slices),
        n_events=_n_events(file, slices),
    )
    analysis = newest_analyses([file.content_hash]).get(file.content_hash)
    if analysis is None:
        return described
    document = read_document(analysis.result_url)
    return described.model_copy(
        update={name: getattr(document, name) for name in _MEASURED} | {"flags": list(document.flags)}
    )


_MEASURED = (
    "duration_s",
    "channels",
    "sample_rate_hz",
    "format",
    "codec",
    "bit_depth",
    "descriptors",
    "peaks",
    "preview",
)


@router.get("/{int:audio_file_id}/audio", openapi_extra=_PARTIAL)
async def get_audio(request: HttpRequest, audio_file_id: int, download: bool = False) -> HttpResponseBase:
    """Give the original bytes, or the range of them that is asked for; of a slice, those of its file."""
    file = await in_database(_find, audio_file_id)
    return await stream_original(request, _whole(file), as_download=download)


@router.api_operation(["HEAD"], "/{int:audio_file_id}/audio", include_in_schema=False)
async def head_audio(request: HttpRequest, audio_file_id: int, download: bool = False) -> HttpResponseBase:
    return await get_audio(request, audio_file_id, download)


@router.get("/{int:audio_file_id}/preview", openapi_extra=_GIVES_BYTES)
def get_preview(request: HttpRequest, audio_file_id: int) -> HttpResponse:
    """Give the most telling moment of the sound, as loud as all others."""
    file = _find(audio_file_id)
    clip, node_version = read_preview(file.content_hash)
    etag = f"{file.content_hash}-{node_version}"
    return unchanged_response(request, etag=etag, immutable=False) or binary_response(
        request, clip, content_type=content_type(clip[:SNIFFED_BYTES]), etag=etag
    )


def _find(audio_file_id: int) -> AudioFile:
    return find(AudioFile.objects.select_related("source", "parent__source"), audio_file_id)


def _whole(file: AudioFile) -> AudioFile:
    """Give the file that holds the bytes."""
    return file if file.parent is None else file.parent


def _slice(file: AudioFile) -> SliceOut | None:
    parent = file.parent
    if parent is None or file.start_s is None or file.end_s is None:
        return None
    others = parent.slices.filter(gone_at=None)
    return SliceOut(
        parent_id=parent.pk,
        parent_name=parent.name,
        parent_path=parent.path,
        start_s=file.start_s,
        end_s=file.end_s,
        number=others.filter(start_s__lt=file.start_s).count() + 1,
        n_slices=others.count(),
    )


def _n_events(file: AudioFile, slices: set[str]) -> int:
    """Give how many events were found when these slices of a file were made."""
    if not slices:
        return 0
    for slicing in Slicing.objects.filter(content_hash=file.content_hash).order_by("-created_at"):
        if {content_hash for content_hash, _, _ in slicing.slices} == slices:
            return slicing.n_found
    return len(slices)


def _kind(file: AudioFile) -> tuple[str, bool]:
    """Give the media type, and whether the bytes can be had; of those that cannot, what the name claims."""
    if file.gone_at is None:
        try:
            return media_type(file), True
        except TonotopeError:  # a file that cannot be read is still shown
            pass
    return sound_type(file.name) or UNKNOWN, False


def _copies(file: AudioFile) -> list[str]:
    if not file.content_hash:
        return []
    same = AudioFile.objects.filter(content_hash=file.content_hash, gone_at=None).exclude(pk=file.pk)
    return list(same.order_by("path").values_list("path", flat=True))
