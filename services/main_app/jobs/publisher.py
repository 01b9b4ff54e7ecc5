"""Drains the outbox into the queue: what was decided in a transaction is sent, at least once.

Only a bounded window of each lane's jobs is in the queue at a time. The rest waits here, where it can be
cancelled at once and costs the queue nothing.
"""

import asyncio
import logging

from django.db.models import Count

from services.main_app.jobs.database import in_database
from services.main_app.jobs.lifecycle import mark_sent
from services.main_app.jobs.models import Job, OutboxMessage
from shared.python.bus import Bus

WINDOW_JOBS = 64
"""How many jobs of one lane may be with the queue or a worker at once."""

_BATCH = 64
_IDLE_FIRST_S, _IDLE_MAX_S = 0.02, 0.25

log = logging.getLogger(__name__)


def next_messages() -> list[OutboxMessage]:
    """Give what may be sent now, oldest first: all broadcasts, and of each lane what fits into its window."""
    if not OutboxMessage.objects.exists():
        return []
    outstanding = {
        f"{row['service']}.{row['lane']}": row["n"]
        for row in Job.objects.filter(state__in=Job.OUTSTANDING_STATES)
        .values("service", "lane")
        .annotate(n=Count("id"))
    }
    messages: list[OutboxMessage] = []
    for lane_key in OutboxMessage.objects.order_by().values_list("lane_key", flat=True).distinct():
        room = _BATCH if not lane_key else WINDOW_JOBS - outstanding.get(lane_key, 0)
        if room > 0:
            messages += OutboxMessage.objects.filter(lane_key=lane_key).order_by("id")[:room]
    return messages


async def drain(bus: Bus) -> int:
    """Send what may be sent now, and give how many messages that were."""
    rows = await in_database(next_messages)
    if not rows:
        return 0
    sequences = await asyncio.gather(*(_send(bus, row) for row in rows))
    await in_database(mark_sent, list(zip(rows, sequences, strict=True)))
    return len(rows)


async def _send(bus: Bus, row: OutboxMessage) -> int:
    body = bytes(row.body)
    if row.job_id is None:
        await bus.broadcast(row.subject, body)
        return 0
    return await bus.publish_bytes(row.subject, body, idempotency_key=row.idempotency_key)


async def run(bus: Bus) -> None:
    """Publish until cancelled."""
    idle_s = _IDLE_FIRST_S
    while True:
        if await drain(bus):
            idle_s = _IDLE_FIRST_S
        else:
            await asyncio.sleep(idle_s)
            idle_s = min(_IDLE_MAX_S, 1.5 * idle_s)
