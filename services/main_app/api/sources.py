"""The places that sounds come from."""

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status

from services.main_app.api.described import describe_run, describe_sources, runs, sources
from services.main_app.api.lookup import find
from services.main_app.api.schemas import RunOut, SourceAddedOut, SourceIn, SourceOut
from services.main_app.pipelines.models import Run
from services.main_app.pipelines.register import add_source
from services.main_app.pipelines.runs import cancel_run, start_run
from services.main_app.sources.models import Source

router = Router(tags=["sources"])


@router.get("", response=list[SourceOut])
def list_sources(request: HttpRequest) -> list[SourceOut]:
    return describe_sources(sources())


@router.post("", response={201: SourceAddedOut})
def post_source(request: HttpRequest, wanted: SourceIn) -> Status[SourceAddedOut]:
    """Add a source and scan it. One that is there already is scanned again and keeps its map."""
    source, sound_map = add_source(
        provider=wanted.provider, config=wanted.config, label=wanted.label, parameters=wanted.parameters
    )
    run = start_run(source)
    return Status(
        201,
        SourceAddedOut(
            source=describe_sources([find(sources(), source.pk)])[0],
            run=describe_run(find(runs(), run.pk)),
            map_id=sound_map.pk,
        ),
    )


@router.delete("/{int:source_id}", response={204: None})
def delete_source(request: HttpRequest, source_id: int) -> Status[None]:
    """Forget a source and its map. Its files are not touched, and what was measured is kept."""
    source = find(Source.objects.all(), source_id)
    for run in source.runs.exclude(state__in=Run.FINAL_STATES):
        cancel_run(run)
    source.delete()
    return Status(204, None)


@router.post("/{int:source_id}/runs", response=RunOut)
def post_run(request: HttpRequest, source_id: int) -> RunOut:
    """Scan a source again; a run that is under way is given instead of a second one."""
    run = start_run(find(Source.objects.all(), source_id))
    return describe_run(find(runs(), run.pk))
