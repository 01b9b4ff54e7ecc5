"""Runs: how far they are, what failed, and ending or repeating them."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router

from services.main_app.api.described import describe_run, runs
from services.main_app.api.lookup import find
from services.main_app.api.schemas import FailureOut, FailuresOut, RunOut, RunsOut
from services.main_app.pipelines.models import RunItem
from services.main_app.pipelines.runs import cancel_run, start_run

router = Router(tags=["runs"])


@router.get("", response=RunsOut)
def list_runs(
    request: HttpRequest,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> RunsOut:
    """Give the latest runs of all sources, newest first."""
    found = runs().order_by("-pk")
    return RunsOut(total=found.count(), runs=[describe_run(run) for run in found[offset : offset + limit]])


@router.get("/{int:run_id}", response=RunOut)
def get_run(request: HttpRequest, run_id: int) -> RunOut:
    return describe_run(find(runs(), run_id))


@router.get("/{int:run_id}/failures", response=FailuresOut)
def list_failures(
    request: HttpRequest,
    run_id: int,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> FailuresOut:
    """Tell what could not be put on the map, and why, in the order of paths."""
    failed = find(runs(), run_id).items.filter(outcome=RunItem.Outcome.FAILED)
    some = failed.select_related("audio_file").order_by("audio_file__path", "pk")[offset : offset + limit]
    return FailuresOut(
        total=failed.count(),
        failures=[
            FailureOut(
                audio_file_id=item.audio_file_id,
                path=item.audio_file.path,
                code=item.code,
                message=item.message,
            )
            for item in some
        ],
    )


@router.post("/{int:run_id}/cancel", response=RunOut)
def post_cancel(request: HttpRequest, run_id: int) -> RunOut:
    """Stop a run. What is done stays."""
    cancel_run(find(runs(), run_id))
    return describe_run(find(runs(), run_id))


@router.post("/{int:run_id}/retry", response=RunOut)
def post_retry(request: HttpRequest, run_id: int) -> RunOut:
    """Try the failed files again; gives the new run."""
    run = start_run(find(runs(), run_id).source, retry_failed=True)
    return describe_run(find(runs(), run.pk))
