"""Drains the outbox into the queue: what was decided in a transaction is sent, at least once.

Only a bounded window of each lane's jobs is in the queue at a time. The rest waits here, where it can be
cancelled at once and costs the queue nothing.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable

from django.conf import settings
from django.db.models import Count

from services.main_app.jobs.database import in_database
from services.main_app.jobs.doorbell import PUBLISHER, Listener
from services.main_app.jobs.lifecycle import mark_sent
from services.main_app.jobs.models import Job, OutboxMessage
from services.main_app.jobs.outbox import lane_key
from services.main_app.jobs.withdrawing import withdraw_cancelled
from shared.python import tracing
from shared.python.bus import Bus
from shared.python.messages import decode
from shared.python.models import Lane

_BROADCASTS = 64
_LOOK_S = 5.0
"""How long nobody rings before we look all the same: a ring may get lost."""

log = logging.getLogger(__name__)


def next_messages(services: Iterable[str]) -> list[OutboxMessage]:
    """Give what may be sent now, oldest first: broadcasts, and of each lane what fits into its window.

    A lane is filled up when a quarter of it is free, so that many jobs share the cost of one look.
    """
    if not OutboxMessage.objects.exists():
        return []
    messages = list(OutboxMessage.objects.filter(lane_key="").order_by("id")[:_BROADCASTS])
    outstanding = {
        lane_key(row["service"], row["lane"]): row["n"]
        for row in Job.objects.filter(state__in=Job.OUTSTANDING_STATES)
        .values("service", "lane")
        .annotate(n=Count("id"))
    }
    window: int = settings.QUEUE_WINDOW_JOBS
    for key in [lane_key(service, lane) for service in services for lane in Lane]:
        room = window - outstanding.get(key, 0)
        if room >= max(1, window // 4):
            messages += OutboxMessage.objects.filter(lane_key=key).order_by("id")[:room]
    return messages


class Publisher:
    """Hands the outbox to the queue.

    Parameters
    ----------
    services
        Gives the names of the services that are known; nobody else's commands could be carried out.
    """

    def __init__(self, bus: Bus, *, services: Callable[[], Iterable[str]]) -> None:
        self._bus, self._services = bus, services

    async def run(self) -> None:
        """Publish until cancelled."""
        doorbell = await Listener.open(self._bus, PUBLISHER)
        while True:
            doorbell.forget()
            if not await self.drain():
                await doorbell.wait(at_most_s=_LOOK_S)

    async def drain(self) -> int:
        """Send what may be sent now, and give how many messages that were."""
        rows = await in_database(lambda: next_messages(self._services()))
        if not rows:
            return 0
        sequences = await asyncio.gather(*(self._send(row) for row in rows))
        await in_database(mark_sent, list(zip(rows, sequences, strict=True)))
        # Behind the broadcasts that tell of it, and behind what was sent while it was being cancelled.
        await withdraw_cancelled(self._bus)
        return len(rows)

    async def _send(self, row: OutboxMessage) -> int:
        body = bytes(row.body)
        # Only where it is wanted: reading every message again has its price.
        parent = decode(body).traceparent if tracing.is_on() else None
        with tracing.message_span("send", row.subject, tracing.SpanKind.PRODUCER, parent=parent):
            if row.job_id is None:
                await self._bus.broadcast(row.subject, body)
                return 0
            return await self._bus.publish_bytes(row.subject, body, idempotency_key=row.idempotency_key)
