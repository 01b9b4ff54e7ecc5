"""Keeps what workers have given up, where an operator finds it when the queue has long forgotten."""

from django.db import transaction

from services.main_app.jobs.models import DeadLetter, InboxMessage, Incident
from shared.python.bus import Delivery
from shared.python.errors import CorruptError
from shared.python.messages import REASON_HEADER, decode


def keep_dead_letter(delivery: Delivery) -> None:
    """Keep one of a worker's dead letters; the same one, delivered again, is kept once."""
    with transaction.atomic():
        _, is_new = InboxMessage.objects.get_or_create(idempotency_key=_key(delivery))
        if not is_new:
            return
        keep(
            subject=delivery.subject.removeprefix("dead."),
            job_id=_job_id(delivery.body),
            reason=delivery.headers.get(REASON_HEADER, "no reason was given"),
            body=delivery.body,
        )


def keep(*, subject: str, job_id: str, reason: str, body: bytes) -> None:
    """Keep a message that was given up, and count it.

    Parameters
    ----------
    subject
        Where it came from: ``cmd.<service>.<lane>`` or ``evt.<service>.<event>``.
    """
    DeadLetter.objects.create(subject=subject, job_id=job_id, reason=reason, body=body)
    _, service, lane = subject.split(".", 2)
    Incident.objects.create(kind=Incident.Kind.DEAD, job_id=job_id, service=service, lane=lane, detail=reason)


def _key(delivery: Delivery) -> str:
    return delivery.headers.get("Nats-Msg-Id") or f"dead-{delivery.sequence}"


def _job_id(body: bytes) -> str:
    try:
        return decode(body).job_id[:32]
    except CorruptError:
        return ""
