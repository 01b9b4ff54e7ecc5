"""What the end of a job means for its run: results are taken in, and the run is moved on.

Each function runs in the transaction that ends the job, so that both happen or neither does.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from services.main_app.analyses.documents import store_outcomes
from services.main_app.jobs.lifecycle import cancel_job
from services.main_app.jobs.models import Job
from services.main_app.maps.blobs import storage
from services.main_app.maps.layouts import complete, set_clusters
from services.main_app.maps.models import Layout
from services.main_app.pipelines.graph import pipeline_of
from services.main_app.pipelines.layout_step import begin_preview, take_placed
from services.main_app.pipelines.models import Run, RunItem
from services.main_app.pipelines.runs import advance
from services.main_app.pipelines.slicing import take_slices
from services.main_app.pipelines.sound_nodes import Ahead, send_on, sound_nodes
from services.main_app.sources.models import AudioFile
from shared.python.errors import ConflictError
from shared.python.messages import (
    AudioAnalyzed,
    AudioEmbedded,
    Event,
    JobCancelled,
    JobFailed,
    SoundsClustered,
    SoundsLaidOut,
    SoundsPlaced,
)
from shared.python.models import FailureCode, Outcome

STOPPED = "The work was stopped before it was done"


def take_event(job: Job, event: Event) -> None:
    """Take in what a job that has just ended brought, then move its run on."""
    run = Run.objects.filter(pk=job.run_id or 0).first()
    if run is None or run.state in Run.FINAL_STATES:
        return
    _TAKERS[type(event)](run, job, event)
    advance(run.pk)


def stop_job(job: Job) -> None:
    """Cancel one job on somebody's wish: its worker is told, its files get an outcome, its run goes on.

    Raises
    ------
    ConflictError
        When it has ended already.
    """
    with transaction.atomic():
        if not cancel_job(job):
            raise ConflictError("This job has ended already: there is nothing to cancel.")
        job.refresh_from_db()
        take_event(job, JobCancelled(job_id=job.id))


def _take_heard(run: Run, job: Job, event: AudioAnalyzed | AudioEmbedded) -> None:
    nodes = sound_nodes(pipeline_of(run))
    place = next(place for place, each in enumerate(nodes) if each.node.name == job.node)
    spec, version = nodes[place].spec, int(job.payload["node_version"])
    store_outcomes(event.files, node_type=spec.type, node_version=version, kind=spec.kind)
    take_slices(run.source, event.files, nodes[place].node, spec)
    heard = [file.content_hash for file in event.files if file.outcome == Outcome.ANALYZED]
    ahead = send_on(run, job, heard, nodes[place + 1 :])
    alike: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for file in event.files:
        next_for_it = ahead.get(file.content_hash, Ahead())
        if (failure := next_for_it.failure) is not None:
            alike[Outcome.FAILED, failure.code, failure.message].append(file.content_hash)
        elif next_for_it.node is None:
            alike[file.outcome, file.code or "", file.message].append(file.content_hash)
    for (outcome, code, message), hashes in alike.items():
        _set_outcome(run, hashes, outcome=outcome, code=code, message=message)
    begin_preview(run)


def _take_failed(run: Run, job: Job, event: JobFailed) -> None:
    code = event.code if event.code in set(FailureCode) else FailureCode.CRASHED
    hashes = [file["content_hash"] for file in job.payload.get("files", ())]
    if hashes:
        _set_outcome(run, hashes, outcome=Outcome.FAILED, code=code, message=event.message)
    # A preview that failed is no loss; a layout that failed is found by `follow_layout`.
    Layout.objects.filter(job_id=job.id, kind=Layout.Kind.PREVIEW).update(state=Layout.State.FAILED)


def _take_cancelled(run: Run, job: Job, event: JobCancelled) -> None:
    _take_failed(run, job, JobFailed(job_id=event.job_id, code=FailureCode.UNAVAILABLE, message=STOPPED))


def _set_outcome(run: Run, hashes: Sequence[str], *, outcome: str, code: str, message: str) -> None:
    # First which items these are, then those that wait: asked in one, SQLite looks through all that wait.
    files = AudioFile.objects.filter(content_hash__in=hashes)
    items = RunItem.objects.filter(run=run, audio_file__in=files).values_list("id", "outcome")
    waiting = RunItem.objects.filter(id__in=[item_id for item_id, known in items if not known], outcome="")
    waiting.update(outcome=outcome, code=code, message=message, finished_at=timezone.now())


def _take_laid_out(run: Run, job: Job, event: SoundsLaidOut) -> None:
    layout = Layout.objects.get(job_id=job.id)
    shown = layout.sound_map.layout
    if layout.kind == Layout.Kind.PREVIEW and shown is not None and shown.version > layout.version:
        return  # overtaken by a better one
    complete(layout, storage().get_array(event.layout_url))


def _take_placed(run: Run, job: Job, event: SoundsPlaced) -> None:
    take_placed(Layout.objects.get(job_id=job.id), event.layout_url)


def _take_clustered(run: Run, job: Job, event: SoundsClustered) -> None:
    layout = Layout.objects.get(sound_map__source=run.source, coordinates_url=job.payload["layout_url"])
    set_clusters(layout, storage().get_array(event.labels_url))


_TAKERS: dict[type[Event], Callable[[Run, Job, Any], None]] = {
    AudioAnalyzed: _take_heard,
    AudioEmbedded: _take_heard,
    SoundsLaidOut: _take_laid_out,
    SoundsPlaced: _take_placed,
    SoundsClustered: _take_clustered,
    JobFailed: _take_failed,
    JobCancelled: _take_cancelled,
}
