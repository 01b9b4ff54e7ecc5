"""One job once more, on somebody's wish: its run is reopened where that is needed, and goes on from there."""

from django.db import transaction
from django.utils import timezone

from services.main_app.jobs.lifecycle import reopen
from services.main_app.jobs.models import Job
from services.main_app.maps.models import Layout, SoundMap
from services.main_app.pipelines.events import STOPPED
from services.main_app.pipelines.layout_step import begin_layout
from services.main_app.pipelines.models import Run, RunItem
from services.main_app.pipelines.runs import advance
from services.main_app.sources.models import Source
from shared.python.errors import ConflictError
from shared.python.messages import ClusterSounds, LayOutSounds, PlaceSounds
from shared.python.models import FailureCode

_LAYOUT_COMMANDS = (LayOutSounds.__name__, PlaceSounds.__name__)


def retry_job(job: Job) -> Job | None:
    """Try a job again that failed or was cancelled.

    The files that failed with it wait again, and so does their run. A layout is begun anew, from the sounds
    that are known now.

    Returns
    -------
    Job | None
        The job that does it now: the same one with further attempts, or the new one of a layout. ``None``
        when a layout needed no work, because the map is up to date.

    Raises
    ------
    ConflictError
        When the job is open or done, when another run of its source is under way, or when what it was about
        has been overtaken.
    """
    with transaction.atomic():
        run = _lock_run(job)
        fresh = Job.objects.get(pk=job.pk)
        if fresh.state == Job.State.DONE:
            raise ConflictError("This job is done: there is nothing to try again.")
        if fresh.state in Job.OPEN_STATES:
            raise ConflictError("This job has not ended: wait for it, or cancel it first.")
        if run is None:
            return reopen(fresh)
        if fresh.command in _LAYOUT_COMMANDS:
            return _lay_out_anew(run, fresh)
        if fresh.command == ClusterSounds.__name__:
            return _cluster_again(run, fresh)
        return _analyze_again(run, fresh)


def _lock_run(job: Job) -> Run | None:
    if job.run_id is None:
        return None
    source_id = Run.objects.filter(pk=job.run_id).values_list("source_id", flat=True).first()
    if source_id is None:
        raise ConflictError("The source of this job was removed: add it again to analyse its sounds.")
    Source.objects.select_for_update().get(pk=source_id)  # as `start_run`: one run of a source at a time
    return Run.objects.select_for_update().get(pk=job.run_id)


def _analyze_again(run: Run, job: Job) -> Job:
    if run.state == Run.State.LAYING_OUT:
        raise ConflictError("The map is being drawn from what is known: try again when the run is over.")
    _reopen_run(run, Run.State.ANALYZING)
    hashes = [file["content_hash"] for file in job.payload.get("files", ())]
    failed = run.items.filter(outcome=RunItem.Outcome.FAILED, audio_file__content_hash__in=hashes)
    failed.update(outcome="", code="", message="", finished_at=None)
    return reopen(job)


def _lay_out_anew(run: Run, job: Job) -> Job | None:
    layout = Layout.objects.filter(job_id=job.pk).first()
    if layout is None or layout.kind == Layout.Kind.PREVIEW:
        raise ConflictError("This was a preview on the way to a map: the run makes the next one by itself.")
    if run.state not in Run.FINAL_STATES:
        raise ConflictError("Its run goes on and draws the map by itself when all sounds are known.")
    _reopen_run(run, Run.State.LAYING_OUT)
    begin_layout(run, parameters=layout.parameters)
    advance(run.pk)  # a layout that needs no computing has groups to be found, or ends the run
    return Job.objects.filter(run_id=run.pk, state__in=Job.OPEN_STATES).order_by("-created_at").first()


def _cluster_again(run: Run, job: Job) -> Job:
    shown = SoundMap.objects.select_related("layout").get(source=run.source_id).layout
    if shown is None or shown.coordinates_url != job.payload["layout_url"]:
        raise ConflictError(
            "The map was drawn anew since: this job is about points that nobody sees any more."
        )
    _reopen_run(run, Run.State.LAYING_OUT)
    return reopen(job)


def _reopen_run(run: Run, state: Run.State) -> None:
    if run.state not in Run.FINAL_STATES:
        return
    other = Run.objects.filter(source=run.source_id).exclude(state__in=Run.FINAL_STATES).first()
    if other is not None:
        raise ConflictError(
            f"Run {other.pk} of the same source is under way: wait until it is over or stop it, then retry."
        )
    # Of a run that was cancelled some files still wait, and no open job would ever give them an outcome.
    run.items.filter(outcome="").update(
        outcome=RunItem.Outcome.FAILED,
        code=FailureCode.UNAVAILABLE,
        message=STOPPED,
        finished_at=timezone.now(),
    )
    run.state, run.message, run.finished_at, run.layout_fraction = state, "", None, 0.0
    run.save()
