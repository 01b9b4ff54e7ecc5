"""Maps, and everything that a browser draws and plays of one."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Query, Router
from ninja.responses import Status

from services.main_app.api.binary import accepts_gzip, binary_response, unchanged_response
from services.main_app.api.described import describe_maps, describe_run, maps, runs
from services.main_app.api.lookup import find
from services.main_app.api.rows import rows
from services.main_app.api.schemas import LayoutIn, MapOut, RowsOut, RunStartedOut
from services.main_app.maps.columns import category_column, number_column, require_descriptor
from services.main_app.maps.frames import read_frame
from services.main_app.maps.models import Layout, SoundMap
from services.main_app.maps.packed import ALL_SECTIONS, MEDIA_TYPE, Section
from services.main_app.maps.points import Points, no_points, points_as_objects
from services.main_app.maps.previews import MEDIA_TYPE as PREVIEWS_MEDIA_TYPE
from services.main_app.maps.previews import preview_block
from services.main_app.pipelines.runs import start_layout_run
from shared.python.errors import ConfigError, NotFoundError

ROWS_LIMIT = 5000

router = Router(tags=["maps"])
_BINARY = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
_GIVES_BYTES = {"responses": {200: {"description": "OK", **_BINARY}}}


@router.get("", response=list[MapOut])
def list_maps(request: HttpRequest) -> list[MapOut]:
    return describe_maps(maps())


@router.get("/{int:map_id}", response=MapOut)
def get_map(request: HttpRequest, map_id: int) -> MapOut:
    return describe_maps([find(maps(), map_id)])[0]


@router.post("/{int:map_id}/layouts", response={202: RunStartedOut})
def post_layout(request: HttpRequest, map_id: int, wanted: LayoutIn) -> Status[RunStartedOut]:
    """Lay the map out anew. Until that is done it keeps the layout that it has."""
    run = start_layout_run(find(SoundMap.objects.all(), map_id), parameters=wanted.parameters)
    return Status(202, RunStartedOut(run=describe_run(find(runs(), run.pk))))


@router.get("/{int:map_id}/points", openapi_extra=_GIVES_BYTES)
def get_points(
    request: HttpRequest,
    map_id: int,
    layout: int | None = None,
    frame: str | None = None,
    sections: str = "xy,cluster,id",
) -> HttpResponse:
    """Give the points packed (application/vnd.tonotope.points); as JSON to whoever prefers that."""
    wanted = _sections(sections)
    found = _find_layout(map_id, layout)
    if _wants_json(request):
        return JsonResponse({"points": [] if found is None else points_as_objects(found)})
    if found is None:
        return binary_response(request, no_points(), content_type=MEDIA_TYPE)
    if frame is not None:
        encoded = read_frame(found, frame).encoded
        return binary_response(request, encoded, content_type=MEDIA_TYPE, immutable=True)
    points = Points(found, wanted)
    is_immutable = layout is not None and points.is_final
    is_gzipped = accepts_gzip(request)
    etag = points.version + ("-gzip" if is_gzipped else "")
    return unchanged_response(request, etag=etag, immutable=is_immutable) or binary_response(
        request,
        points.gzipped() if is_gzipped else points.packed(),
        content_type=MEDIA_TYPE,
        etag=etag,
        immutable=is_immutable,
        is_gzipped=is_gzipped,
    )


@router.get("/{int:map_id}/rows", response=RowsOut)
def get_rows(
    request: HttpRequest,
    map_id: int,
    layout: int | None = None,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=ROWS_LIMIT)] = 1000,
) -> RowsOut:
    """Give what lists show of the points, in point order."""
    return rows(_require_layout(map_id, layout), offset=offset, limit=limit)


@router.get("/{int:map_id}/columns/{descriptor}", openapi_extra=_GIVES_BYTES)
def get_column(request: HttpRequest, map_id: int, descriptor: str, layout: int | None = None) -> HttpResponse:
    """Give one descriptor in point order: little-endian float32, NaN for none; categories as JSON."""
    found = _require_layout(map_id, layout)
    if require_descriptor(descriptor).kind == "category":
        column = category_column(found, descriptor)
        return JsonResponse({"categories": column.categories, "codes": column.codes})
    return binary_response(
        request,
        number_column(found, descriptor),
        content_type="application/octet-stream",
        immutable=layout is not None,
    )


@router.get("/{int:map_id}/previews/{int:block}", openapi_extra=_GIVES_BYTES)
def get_previews(request: HttpRequest, map_id: int, block: int, layout: int | None = None) -> HttpResponse:
    """Give the preview clips of 64 neighbours (application/vnd.tonotope.previews)."""
    content = preview_block(_require_layout(map_id, layout), block)
    return binary_response(request, content, content_type=PREVIEWS_MEDIA_TYPE, immutable=layout is not None)


def _find_layout(map_id: int, layout_id: int | None) -> Layout | None:
    sound_map = find(SoundMap.objects.select_related("layout"), map_id)
    if layout_id is None:
        return sound_map.layout
    return find(sound_map.layouts.all(), layout_id)


def _require_layout(map_id: int, layout_id: int | None) -> Layout:
    layout = _find_layout(map_id, layout_id)
    if layout is None:
        raise NotFoundError(f"map {map_id} has no layout yet")
    return layout


def _sections(names: str) -> Section:
    wanted = Section(0)
    for name in names.split(","):
        section = Section.__members__.get(name.strip().upper())
        if section is None:
            known = ", ".join(str(section.name).lower() for section in ALL_SECTIONS)
            raise ConfigError(f"points have no section {name!r}; there are {known}")
        wanted |= section
    return wanted


def _wants_json(request: HttpRequest) -> bool:
    """Whether the client asks for JSON; ``*/*`` is content with what is packed."""
    return request.get_preferred_type([MEDIA_TYPE, "application/json"]) == "application/json"
