"""The life of a run: begin it, move it on when a step is complete, end it with honest counts.

::

    scanning ──▶ analyzing ──▶ laying_out ──▶ done
        └────────────┴─────────────┴────▶ failed | cancelled
"""

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from services.main_app.jobs.doorbell import ring_sync
from services.main_app.jobs.lifecycle import cancel_jobs
from services.main_app.jobs.models import Job
from services.main_app.maps.models import SoundMap
from services.main_app.pipelines.graph import pipeline_for
from services.main_app.pipelines.layout_step import begin_layout, follow_layout, stop_layout
from services.main_app.pipelines.models import Run, RunItem
from services.main_app.sources.models import Source
from shared.python.models import Outcome
from shared.python.tracing import current_traceparent


def start_run(source: Source, *, retry_failed: bool = False) -> Run:
    """Begin to scan a source, or give the run that is under way already.

    Parameters
    ----------
    retry_failed
        Also analyse again what is known to have failed for a lasting reason.
    """
    with transaction.atomic():
        source = Source.objects.select_for_update().get(pk=source.pk)
        active = source.runs.exclude(state__in=Run.FINAL_STATES).first()
        if active is not None:
            return active
        graph = pipeline_for(source).model_dump(mode="json")
        transaction.on_commit(ring_sync)
        return Run.objects.create(
            source=source,
            graph=graph,
            retry_failed=retry_failed,
            traceparent=current_traceparent() or "",
        )


def start_layout_run(sound_map: SoundMap, *, parameters: dict[str, object]) -> Run:
    """Begin a new layout of everything on a map, with these parameters over the pipeline's.

    A run of the source that is under way is given instead: it ends with a layout of its own.
    """
    with transaction.atomic():
        source = Source.objects.select_for_update().get(pk=sound_map.source_id)
        active = source.runs.exclude(state__in=Run.FINAL_STATES).first()
        if active is not None:
            return active
        run = Run.objects.create(
            source=source,
            kind=Run.Kind.LAYOUT,
            graph=pipeline_for(source).model_dump(mode="json"),
            state=Run.State.LAYING_OUT,
        )
        begin_layout(run, parameters=parameters)
    return run


def advance(run_id: int) -> None:
    """Move a run on as far as it can go now; safe to call at any time and as often as one likes."""
    with transaction.atomic():
        run = Run.objects.select_for_update().select_related("source").get(pk=run_id)
        if run.state == Run.State.ANALYZING and not run.items.filter(outcome="").exists():
            run.state = Run.State.LAYING_OUT
            run.save()
            begin_layout(run)
        if run.state == Run.State.LAYING_OUT and not _has_open_jobs(run):
            problem = follow_layout(run)
            if problem is not None:
                end(run, state=Run.State.FAILED, message=problem)
            elif not _has_open_jobs(run):
                end(run, state=Run.State.DONE)


def advance_open_runs() -> bool:
    """Advance every run that is not over: what an event should have moved on is caught up with here.

    Returns
    -------
    bool
        Whether there was any.
    """
    open_runs = list(Run.objects.exclude(state__in=Run.FINAL_STATES).values_list("id", flat=True))
    for run_id in open_runs:
        advance(run_id)
    return bool(open_runs)


def _has_open_jobs(run: Run) -> bool:
    return Job.objects.filter(run_id=run.pk, state__in=Job.OPEN_STATES).exists()


def end(run: Run, *, state: Run.State, message: str = "") -> None:
    """Write a run's final state; a run that is over stays as it is."""
    if run.state not in Run.FINAL_STATES:
        run.state, run.message, run.finished_at = state, message or run.message, timezone.now()
        run.save()


def cancel_run(run: Run) -> None:
    """Stop a run: nothing of it begins any more, what is running is stopped. What is done stays."""
    with transaction.atomic():
        # Jobs before their run, as events lock them: two that lock crosswise would stop each other.
        cancel_jobs(run.pk)
        run = Run.objects.select_for_update().get(pk=run.pk)
        end(run, state=Run.State.CANCELLED)
        cancel_jobs(run.pk)  # that were made meanwhile; none is made of a run that is over
        stop_layout(run)


def outcome_counts(run: Run) -> dict[str, int]:
    """Count a run's files: ``files``, ``analyzed``, ``failed``, ``skipped``, and ``waiting`` for the rest."""
    found = dict(run.items.order_by().values_list("outcome").annotate(n=Count("id")))
    counts = {outcome.value: found.get(outcome.value, 0) for outcome in Outcome}
    return {"files": sum(found.values()), **counts, "waiting": found.get("", 0)}


def failures_of(run: Run) -> list[dict[str, str]]:
    """Give what could not be put on the map, and why, in the order of paths."""
    rows = run.items.filter(outcome=RunItem.Outcome.FAILED).order_by("audio_file__path")
    return [
        {"path": path, "code": code, "message": message}
        for path, code, message in rows.values_list("audio_file__path", "code", "message")
    ]
