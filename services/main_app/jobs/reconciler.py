"""Finds what the queue has lost and sends it again: the reason why wiping the queue loses nothing."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from services.main_app.jobs.bus import MAIN_APP
from services.main_app.jobs.database import in_database
from services.main_app.jobs.lifecycle import MAX_ATTEMPTS, finish, resend
from services.main_app.jobs.models import InboxMessage, Job
from services.main_app.jobs.topology import EVENT_DAYS, declare
from shared.python.bus import LEASE_S, Bus
from shared.python.messages import STREAM_COMMANDS, STREAM_EVENTS, JobFailed

TICK_S = 2.0
SILENCE_S = 2 * LEASE_S
"""How long a job may be silent before the queue is asked about it."""

_NOBODY_ANSWERED = (
    f"No worker finished it, although it was sent {MAX_ATTEMPTS} times. "
    "Look into the workers' logs, then retry"
)

log = logging.getLogger(__name__)


def silent_jobs() -> list[Job]:
    """Give the jobs that were sent and of which nothing has been heard for too long."""
    horizon = timezone.now() - timedelta(seconds=SILENCE_S)
    return list(
        Job.objects.filter(state__in=Job.OUTSTANDING_STATES, sign_at__lt=horizon).order_by("sign_at")[:1000]
    )


def forget_old_inbox() -> None:
    """Forget keys that the queue can no longer deliver."""
    horizon = timezone.now() - timedelta(days=EVENT_DAYS + 1)
    InboxMessage.objects.filter(received_at__lt=horizon).delete()


async def is_waiting(jetstream: JetStreamContext, job: Job) -> bool:
    """Ask the queue whether it still holds a job's command, waiting or on lease."""
    if job.queue_sequence is None:
        return False
    try:
        message = await jetstream.get_msg(STREAM_COMMANDS, job.queue_sequence)
    except NotFoundError:
        return False
    # After a wipe the numbers begin anew: at that place there may be another job now.
    return (message.headers or {}).get("Nats-Msg-Id") == f"{job.id}:{job.attempt}"


async def events_are_waiting(jetstream: JetStreamContext) -> bool:
    """Ask whether there are events that we have not taken in: they may be the very signs that we miss."""
    information = await jetstream.consumer_info(STREAM_EVENTS, MAIN_APP)
    return bool(information.num_pending or information.num_ack_pending)


class Reconciler:
    """Compares the job rows with the queue.

    Parameters
    ----------
    services
        Gives the names of the services that are known.
    on_failed
        Takes in that a job failed for good; runs in the transaction that ends it.
    on_tick
        Looks after what else must not stand still (runs whose last job has ended).
    """

    def __init__(
        self,
        bus: Bus,
        *,
        services: Callable[[], Iterable[str]],
        on_failed: Callable[[Job, JobFailed], None],
        on_tick: Callable[[], None],
    ) -> None:
        self._bus = bus
        self._services, self._on_failed, self._on_tick = services, on_failed, on_tick

    async def run(self) -> None:
        """Reconcile until cancelled."""
        while True:
            try:
                await self.tick()
            except (NatsError, OSError) as error:
                log.warning("the queue did not answer (%r); the next tick makes up for it", error)
            await asyncio.sleep(TICK_S)

    async def tick(self) -> None:
        """Declare what must exist, send again what was lost, end what was lost too often."""
        jetstream = self._bus.jetstream
        await declare(jetstream, services=await in_database(lambda: list(self._services())))
        await in_database(self._on_tick)
        await in_database(forget_old_inbox)
        jobs = await in_database(silent_jobs)
        if not jobs or await events_are_waiting(jetstream):
            return
        for job in jobs:
            if await is_waiting(jetstream, job):
                continue
            log.warning("%s is lost, sending it again", job)
            if not await in_database(resend, job):
                await in_database(self._give_up, job)

    def _give_up(self, job: Job) -> None:
        event = JobFailed(job_id=job.id, code="lost", message=_NOBODY_ANSWERED, retryable=True)
        with transaction.atomic():
            ended = finish(
                job.id, attempt=job.attempt, state=Job.State.FAILED, code=event.code, message=event.message
            )
            if ended is not None:
                self._on_failed(ended, event)
