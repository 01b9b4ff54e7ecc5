"""Every change of a job's state. Nothing else writes to `Job.state`.

::

    waiting ──sent──▶ sent ──first sign──▶ running ──▶ done | failed | cancelled
       ▲                │                     │
       └──── resend, attempt + 1 ◀────────────┘

A final state is final. What is heard of an older attempt changes nothing.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from services.main_app.jobs.bus import MAIN_APP
from services.main_app.jobs.models import MAX_ATTEMPTS, Job, OutboxMessage, new_job_id
from shared.python.messages import (
    MESSAGES,
    CancelJobs,
    Command,
    Message,
    cancel_subject,
    command_subject,
    wrap,
)
from shared.python.models import Lane
from shared.python.telemetry import new_traceparent


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
        )
        _put_into_outbox(job)
    return job


def _put_into_outbox(job: Job) -> None:
    command = MESSAGES[job.command].model_validate({**job.payload, "job_id": job.id})
    subject = command_subject(job.service, Lane(job.lane))
    key = f"{job.id}:{job.attempt}"
    envelope = wrap(
        command,
        source=MAIN_APP,
        subject=subject,
        idempotency_key=key,
        attempt=job.attempt,
        traceparent=new_traceparent(),
    )
    OutboxMessage.objects.create(
        subject=subject,
        idempotency_key=key,
        body=envelope.encode(),
        lane_key=f"{job.service}.{job.lane}",
        job=job,
    )


def mark_sent(rows: Iterable[tuple[OutboxMessage, int]]) -> None:
    """Note that the queue has stored these messages, at these places, and empty the outbox of them."""
    now = timezone.now()
    with transaction.atomic():
        for row, sequence in rows:
            if row.job_id is not None:
                # A worker may have been quicker with its first sign than we are with this note.
                Job.objects.filter(id=row.job_id, state=Job.State.WAITING).update(
                    state=Job.State.SENT, sent_at=now, sign_at=now
                )
                Job.objects.filter(id=row.job_id).update(queue_sequence=sequence)
            row.delete()


def mark_signs(signs: Mapping[tuple[str, int], tuple[float, datetime]]) -> None:
    """Note what was heard of running jobs: by (job, attempt) the fraction done, and when."""
    with transaction.atomic():
        for (job_id, attempt), (fraction, heard_at) in signs.items():
            Job.objects.filter(id=job_id, attempt=attempt, state__in=Job.OPEN_STATES).update(
                state=Job.State.RUNNING, fraction=fraction, sign_at=heard_at
            )


def finish(
    job_id: str, *, attempt: int, state: Job.State, code: str = "", message: str = "", detail: str = ""
) -> Job | None:
    """End a job; give it, or ``None`` when it had ended before, is unknown, or was sent again since."""
    with transaction.atomic():
        job = Job.objects.select_for_update().filter(id=job_id).first()
        if job is None or job.state not in Job.OPEN_STATES or job.attempt != attempt:
            return None
        job.state, job.code, job.message, job.detail = state, code, message, detail
        job.finished_at = timezone.now()
        if state == Job.State.DONE:
            job.fraction = 1.0
        job.save()
        job.outbox.all().delete()
    return job


def resend(job: Job) -> bool:
    """Send a job again under the next attempt; ``False`` when it has had all its attempts."""
    with transaction.atomic():
        fresh = Job.objects.select_for_update().get(id=job.id)
        if fresh.state not in Job.OUTSTANDING_STATES or fresh.attempt != job.attempt:
            return True  # something was heard of it meanwhile
        if fresh.attempt >= MAX_ATTEMPTS:
            return False
        fresh.attempt += 1
        fresh.state, fresh.queue_sequence, fresh.sign_at = Job.State.WAITING, None, timezone.now()
        fresh.save()
        _put_into_outbox(fresh)
    return True


def cancel_jobs(run_id: int) -> int:
    """Cancel what is open of a run, and tell the workers; give how many jobs that were."""
    with transaction.atomic():
        jobs = list(
            Job.objects.select_for_update()
            .filter(run_id=run_id, state__in=Job.OPEN_STATES)
            .values_list("id", "service", "state")
        )
        ids = [job_id for job_id, _, _ in jobs]
        OutboxMessage.objects.filter(job__run_id=run_id).delete()
        Job.objects.filter(run_id=run_id, state__in=Job.OPEN_STATES).update(
            state=Job.State.CANCELLED, finished_at=timezone.now()
        )
        for service in sorted({service for _, service, _ in jobs}):
            told = [job_id for job_id, of, state in jobs if of == service and state != Job.State.WAITING]
            _broadcast(cancel_subject(service), CancelJobs(job_ids=tuple(told)))
    return len(ids)


def _broadcast(subject: str, message: Message) -> None:
    key = new_job_id()
    envelope = wrap(message, source=MAIN_APP, subject=subject, idempotency_key=key)
    OutboxMessage.objects.create(subject=subject, idempotency_key=key, body=envelope.encode())
