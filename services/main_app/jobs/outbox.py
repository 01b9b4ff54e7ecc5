"""What is to be sent: rows written in the transaction that decides, and sent once it has come true."""

from collections.abc import Iterable

from django.db import transaction

from services.main_app.jobs.bus import MAIN_APP
from services.main_app.jobs.doorbell import ring_publisher
from services.main_app.jobs.models import Job, OutboxMessage, new_job_id
from shared.python.messages import MESSAGES, CancelJobs, cancel_subject, command_subject, wrap
from shared.python.models import Lane
from shared.python.tracing import SpanKind, current_traceparent, message_span

IDS_PER_MESSAGE = 1000
"""So many ids fit into one message with room to spare."""


def lane_key(service: str, lane: str) -> str:
    """Name the lane of a service, as outbox rows do."""
    return f"{service}.{lane}"


def put_command(job: Job) -> None:
    """Have a job's command sent, as soon as its lane has room.

    Raises
    ------
    LimitError
        When the command would be too large to travel.
    """
    command = MESSAGES[job.command].model_validate({**job.payload, "job_id": job.id})
    subject = command_subject(job.service, Lane(job.lane))
    key = f"{job.id}:{job.attempt}"
    parent = job.traceparent or None
    with message_span("create", subject, SpanKind.PRODUCER, parent=parent, messaging__message__id=key):
        envelope = wrap(
            command,
            source=MAIN_APP,
            subject=subject,
            idempotency_key=key,
            attempt=job.attempt,
            traceparent=current_traceparent(),
        )
    OutboxMessage.objects.create(
        subject=subject,
        idempotency_key=key,
        body=envelope.encode(),
        lane_key=lane_key(job.service, job.lane),
        job=job,
    )
    transaction.on_commit(ring_publisher)


def put_cancel(service: str, job_ids: Iterable[str]) -> None:
    """Have the workers of a service told that nobody wants these jobs any more: at most `IDS_PER_MESSAGE`."""
    subject, key = cancel_subject(service), new_job_id()
    message = CancelJobs(job_ids=tuple(job_ids))
    envelope = wrap(
        message, source=MAIN_APP, subject=subject, idempotency_key=key, traceparent=current_traceparent()
    )
    OutboxMessage.objects.create(subject=subject, idempotency_key=key, body=envelope.encode())
    transaction.on_commit(ring_publisher)
