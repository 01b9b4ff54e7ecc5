"""Jobs: what the services are at, for whoever runs the machine; and trying one again, or cancelling it."""

from collections.abc import Sequence
from typing import Annotated

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from services.main_app.api.job_schemas import (
    DeadLetterOut,
    DeadLettersOut,
    IncidentOut,
    JobDeadLetterOut,
    JobDetailsOut,
    JobOut,
    JobsOut,
    LaneSummaryOut,
    RetriedOut,
)
from services.main_app.api.lookup import find
from services.main_app.jobs.listing import (
    LaneSummary,
    incident_counts,
    jobs_where,
    lane_summaries,
    newest,
)
from services.main_app.jobs.models import DeadLetter, Incident, Job
from services.main_app.pipelines.events import stop_job
from services.main_app.pipelines.retrying import retry_job
from shared.python.models import JobState, Lane

router = Router(tags=["jobs"])

FARTHEST = 10_000
"""How far back one can page; whoever looks for something older narrows the choice."""
_HISTORY = 100

Offset = Annotated[int, Query(ge=0, le=FARTHEST)]
Limit = Annotated[int, Query(ge=1, le=500)]


@router.get("", response=JobsOut)
def list_jobs(
    request: HttpRequest,
    state: JobState | None = None,
    run_id: int | None = None,
    service: str | None = None,
    lane: Lane | None = None,
    offset: Offset = 0,
    limit: Limit = 100,
) -> JobsOut:
    """Give jobs, newest first."""
    jobs = jobs_where(state=state, run_id=run_id, service=service, lane=lane)
    total, some = newest(jobs, offset=offset, limit=limit)
    return JobsOut(total=total, jobs=describe_jobs(some))


@router.get("/summary", response=list[LaneSummaryOut])
def summarise(request: HttpRequest) -> list[LaneSummaryOut]:
    """Tell of every lane of every service how much waits, runs and ended there, and what went wrong."""
    return [_describe_lane(lane) for lane in lane_summaries()]


@router.get("/dead_letters", response=DeadLettersOut)
def list_dead_letters(request: HttpRequest, offset: Offset = 0, limit: Limit = 100) -> DeadLettersOut:
    """Give what the queue gave up, newest first, with the jobs where they could be told."""
    letters = list(DeadLetter.objects.defer("body").order_by("-at", "-pk")[offset : offset + limit])
    jobs = Job.objects.only("command", "state").in_bulk([letter.job_id for letter in letters])
    return DeadLettersOut(
        total=DeadLetter.objects.count(),
        dead_letters=[_describe_letter(letter, jobs.get(letter.job_id)) for letter in letters],
    )


@router.get("/{str:job_id}", response=JobDetailsOut)
def get_job(request: HttpRequest, job_id: str) -> JobDetailsOut:
    job = find(Job.objects.all(), job_id)
    [described] = describe_jobs([job])
    history = Incident.objects.filter(job_id=job.id).order_by("-at", "-pk")[:_HISTORY]
    letters = DeadLetter.objects.filter(job_id=job.id).defer("body").order_by("-at", "-pk")[:_HISTORY]
    return JobDetailsOut(
        **described.dict(),
        detail=job.detail,
        paths=[file["path"] for file in job.payload.get("files", ())],
        history=[IncidentOut.from_orm(incident) for incident in history],
        dead_letters=[JobDeadLetterOut.from_orm(letter) for letter in letters],
    )


@router.post("/{str:job_id}/retry", response=RetriedOut)
def post_retry(request: HttpRequest, job_id: str) -> RetriedOut:
    """Try a job again that failed or was cancelled; its run is reopened where it was over."""
    job = retry_job(find(Job.objects.all(), job_id))
    return RetriedOut(job=describe_jobs([job])[0] if job is not None else None)


@router.post("/{str:job_id}/cancel", response=JobOut)
def post_cancel(request: HttpRequest, job_id: str) -> JobOut:
    """Cancel one job: its files count as failed, and the rest of its run goes on."""
    stop_job(find(Job.objects.all(), job_id))
    return describe_jobs([find(Job.objects.all(), job_id)])[0]


def describe_jobs(jobs: Sequence[Job]) -> list[JobOut]:
    """Tell of some jobs."""
    incidents = incident_counts(jobs)
    return [
        JobOut(
            id=job.id,
            run_id=job.run_id,
            node=job.node,
            service=job.service,
            lane=Lane(job.lane),
            command=job.command,
            n_files=job.n_files,
            state=JobState(job.state),
            attempt=job.attempt,
            last_attempt=job.last_attempt,
            delivery=job.delivery,
            fraction=job.fraction,
            code=job.code,
            message=job.message,
            created_at=job.created_at,
            sent_at=job.sent_at,
            sign_at=job.sign_at,
            finished_at=job.finished_at,
            incidents=incidents.get(job.id, 0),
        )
        for job in jobs
    ]


def _describe_lane(summary: LaneSummary) -> LaneSummaryOut:
    states, incidents, oldest = summary.by_state, summary.incidents, summary.oldest_waiting_at
    return LaneSummaryOut(
        service=summary.service,
        lane=summary.lane,
        **{state.value: states.get(state.value, 0) for state in JobState},
        oldest_waiting_s=max(0.0, (timezone.now() - oldest).total_seconds()) if oldest else None,
        dead_letters=incidents.get(Incident.Kind.DEAD, 0),
        resent=incidents.get(Incident.Kind.RESENT, 0),
        redelivered=incidents.get(Incident.Kind.REDELIVERED, 0),
        outdated=incidents.get(Incident.Kind.OUTDATED, 0),
    )


def _describe_letter(letter: DeadLetter, job: Job | None) -> DeadLetterOut:
    return DeadLetterOut(
        id=letter.pk,
        subject=letter.subject,
        reason=letter.reason,
        at=letter.at,
        job_id=letter.job_id or None,
        command=job.command if job else None,
        state=JobState(job.state) if job else None,
    )
