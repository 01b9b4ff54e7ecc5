"""Every change of a job's state. Nothing else writes to `Job.state`.

::

    waiting ──sent──▶ sent ──first sign──▶ running ──▶ done | failed | cancelled
       ▲                │                     │
       └──── resend, attempt + 1 ◀────────────┘

A final state is final, until somebody asks for the job again (`reopen`). What is heard of an older attempt,
or of an older delivery of this one, changes nothing.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from services.main_app.jobs.models import MAX_ATTEMPTS, Incident, Job, OutboxMessage, new_job_id
from services.main_app.jobs.outbox import IDS_PER_MESSAGE, put_cancel, put_command
from shared.python.errors import ConflictError
from shared.python.messages import Command
from shared.python.models import Lane
from shared.python.tracing import current_traceparent
from shared.python.utils import batched


def create_job(
    command: type[Command],
    *,
    service: str,
    lane: Lane,
    node: str,
    payload: Mapping[str, Any],
    run_id: int | None,
    n_files: int = 0,
    job_id: str | None = None,
) -> Job:
    """Decide that something is to be done: the job and its outbox row, in the caller's transaction.

    Parameters
    ----------
    payload
        The fields of `command` except `job_id`.

    Raises
    ------
    LimitError
        When the command would be too large to travel.
    """
    with transaction.atomic():
        job = Job.objects.create(
            id=job_id or new_job_id(),
            run_id=run_id,
            node=node,
            service=service,
            lane=lane,
            command=command.__name__,
            payload=dict(payload),
            n_files=n_files,
            traceparent=current_traceparent() or "",
        )
        put_command(job)
    return job


def mark_sent(rows: Collection[tuple[OutboxMessage, int]]) -> None:
    """Note that the queue has stored these messages, at these places, and empty the outbox of them."""
    now = timezone.now()
    sequences = {row.job_id: sequence for row, sequence in rows if row.job_id is not None}
    jobs = Job.objects.filter(id__in=sequences)
    with transaction.atomic():
        jobs.update(sent_at=now)
        # A worker may have been quicker with its first sign than we are with this note.
        jobs.filter(state=Job.State.WAITING).update(state=Job.State.SENT, sign_at=now)
        _note_places(sequences)
        OutboxMessage.objects.filter(id__in=[row.pk for row, _ in rows]).delete()


def _note_places(sequences: Mapping[str, int]) -> None:
    # By hand: the ORM would write one long CASE, which takes it longer than all the rest of sending.
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {Job._meta.db_table} SET queue_sequence = %s WHERE id = %s",  # noqa: S608  a name of ours
            [(sequence, job_id) for job_id, sequence in sequences.items()],
        )


@dataclass(frozen=True, slots=True)
class Sign:
    """What was last heard of a running job, from which attempt and delivery, and when."""

    attempt: int
    delivery: int
    fraction: float
    heard_at: datetime


def mark_signs(signs: Mapping[str, Sign]) -> None:
    """Note what was heard of running jobs, by job."""
    with transaction.atomic():
        for job in Job.objects.select_for_update().filter(id__in=signs, state__in=Job.OPEN_STATES):
            sign = signs[job.id]
            if sign.attempt != job.attempt or sign.delivery < job.delivery:
                continue
            _hear_of_delivery(job, sign.delivery)
            job.state, job.fraction, job.sign_at = Job.State.RUNNING, sign.fraction, sign.heard_at
            job.save(update_fields=["state", "fraction", "sign_at", "delivery"])


def _hear_of_delivery(job: Job, delivery: int) -> None:
    if delivery > max(1, job.delivery):
        note(job, Incident.Kind.REDELIVERED, f"delivery {delivery} of attempt {job.attempt}")
    job.delivery = max(job.delivery, delivery)


def note(job: Job, kind: Incident.Kind, detail: str) -> None:
    """Count something that ought to be rare."""
    Incident.objects.create(kind=kind, job_id=job.id, service=job.service, lane=job.lane, detail=detail)


_ENDING = ("state", "code", "message", "detail", "finished_at", "fraction", "delivery")
"""What an end changes. The rest stays unwritten: the payload may be long."""


def finish(
    job_id: str,
    *,
    attempt: int,
    state: Job.State,
    delivery: int | None = None,
    code: str = "",
    message: str = "",
    detail: str = "",
) -> Job | None:
    """End a job; give it, or ``None`` when it had ended before, is unknown, or was given to another since.

    Parameters
    ----------
    delivery
        Which delivery of the command says so; ``None`` when it is we who end it.
    """
    with transaction.atomic(savepoint=False):
        job = Job.objects.select_for_update().filter(id=job_id).first()
        if job is None:
            return None
        is_outdated = job.attempt != attempt or (delivery is not None and delivery < job.delivery)
        if is_outdated:
            spoken = f"attempt {attempt}, delivery {delivery} said {state}"
            note(job, Incident.Kind.OUTDATED, f"{spoken}; it was at {job.attempt}, {job.delivery} by then")
        if is_outdated or job.state not in Job.OPEN_STATES:
            return None
        _hear_of_delivery(job, delivery or 0)
        job.state, job.code, job.message, job.detail = state, code, message, detail
        job.finished_at = timezone.now()
        if state == Job.State.DONE:
            job.fraction = 1.0
        job.save(update_fields=_ENDING)
        job.outbox.all().delete()
    return job


def resend(job: Job) -> bool:
    """Send a job again under the next attempt; ``False`` when it has had all its attempts."""
    with transaction.atomic():
        fresh = Job.objects.select_for_update().get(id=job.id)
        if fresh.state not in Job.OUTSTANDING_STATES or fresh.attempt != job.attempt:
            return True  # something was heard of it meanwhile
        if fresh.attempt >= fresh.last_attempt:
            return False
        note(fresh, Incident.Kind.RESENT, f"attempt {fresh.attempt} was lost by the queue")
        _send_anew(fresh)
    return True


def reopen(job: Job) -> Job:
    """Send a job that failed or was cancelled once more, with all its attempts before it; give it as it is.

    Raises
    ------
    ConflictError
        When it is open or done: there is nothing to repeat.
    """
    with transaction.atomic():
        fresh = Job.objects.select_for_update().get(id=job.id)
        if fresh.state not in (Job.State.FAILED, Job.State.CANCELLED):
            raise ConflictError(
                f"job {fresh.id} is {fresh.state}: only what failed or was cancelled is tried again"
            )
        fresh.last_attempt = fresh.attempt + MAX_ATTEMPTS
        fresh.code = fresh.message = fresh.detail = ""
        fresh.finished_at, fresh.fraction = None, 0.0
        _send_anew(fresh)
    return fresh


def _send_anew(job: Job) -> None:
    job.attempt, job.delivery = job.attempt + 1, 0
    job.state, job.queue_sequence, job.sign_at = Job.State.WAITING, None, timezone.now()
    job.save()
    put_command(job)


def cancel_jobs(run_id: int) -> int:
    """Cancel what is open of a run, and tell the workers; give how many jobs that were."""
    return _cancel(Job.objects.filter(run_id=run_id))


def cancel_job(job: Job) -> bool:
    """Cancel one job, and tell the worker; ``False`` when it had ended before."""
    return _cancel(Job.objects.filter(id=job.id)) > 0


def _cancel(jobs: QuerySet[Job]) -> int:
    with transaction.atomic():
        # Of what was never sent nobody need be told, and it may be a million.
        sent = list(
            jobs.select_for_update().filter(state__in=Job.OUTSTANDING_STATES).values_list("service", "id")
        )
        OutboxMessage.objects.filter(job__in=jobs).delete()
        n = jobs.filter(state__in=Job.OPEN_STATES).update(
            state=Job.State.CANCELLED, finished_at=timezone.now()
        )
        for service in sorted({service for service, _ in sent}):
            for some in batched([job_id for of, job_id in sent if of == service], IDS_PER_MESSAGE):
                put_cancel(service, some)
    return n


def jobs_to_withdraw() -> list[Job]:
    """Give jobs that were cancelled and whose commands may still be in the queue."""
    cancelled = Job.objects.filter(state=Job.State.CANCELLED, queue_sequence__isnull=False)
    return list(cancelled.order_by("queue_sequence")[:1000])


def mark_withdrawn(jobs: Iterable[Job]) -> None:
    """Note that the queue holds nothing of these jobs any more."""
    Job.objects.filter(id__in=[job.id for job in jobs]).update(queue_sequence=None)


def mark_waiting(jobs: Iterable[Job]) -> None:
    """Note that the queue was asked and still has these jobs."""
    open_jobs = Job.objects.filter(id__in=[job.id for job in jobs], state__in=Job.OUTSTANDING_STATES)
    open_jobs.update(sign_at=timezone.now())
