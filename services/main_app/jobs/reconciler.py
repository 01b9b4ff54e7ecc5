"""Finds what the queue has lost and sends it again: the reason why wiping the queue loses nothing."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from services.main_app.jobs.bus import MAIN_APP
from services.main_app.jobs.database import in_database
from services.main_app.jobs.doorbell import PUBLISHER, Listener
from services.main_app.jobs.lifecycle import finish, mark_waiting, resend
from services.main_app.jobs.models import InboxMessage, Job
from services.main_app.jobs.topology import EVENT_DAYS, count, declare
from services.main_app.jobs.withdrawing import holds, withdraw_cancelled
from shared.python.bus import LEASE_S, Bus
from shared.python.messages import STREAM_EVENTS, JobFailed

_BUSY_S, _IDLE_S = 4.0, 20.0
"""How often we look, while something goes on and while nothing does: then nothing could be lost."""
_RARELY_S = 60.0
SILENCE_S = 2 * LEASE_S
"""How long a job may be silent before the queue is asked about it."""

_NOBODY_ANSWERED = (
    "No worker finished it, although it was sent {attempts} times. Look into the workers' logs, then retry"
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
        Looks after what else must not stand still: runs whose last job has ended. ``True`` while one is open.
    """

    def __init__(
        self,
        bus: Bus,
        *,
        services: Callable[[], Iterable[str]],
        on_failed: Callable[[Job, JobFailed], None],
        on_tick: Callable[[], bool],
    ) -> None:
        self._bus = bus
        self._services, self._on_failed, self._on_tick = services, on_failed, on_tick
        self._declared: tuple[list[str], tuple[int, int]] | None = None
        self._declare_at_s = self._forget_at_s = 0.0

    async def run(self) -> None:
        """Reconcile until cancelled."""
        is_renewed = is_under_way = False
        # What wakes the publisher ends our rest too: it may find that the queue is not as it should be.
        doorbell = await Listener.open(self._bus, PUBLISHER)
        while True:
            doorbell.forget()
            try:
                if not is_renewed:
                    # What an older release declared gets this one's settings.
                    await declare(self._bus.jetstream, services=await self._names(), renew=True)
                    is_renewed = True
                is_under_way = await self.tick()
            except (NatsError, OSError) as error:
                log.warning("the queue did not answer (%r); the next tick makes up for it", error)
            if is_under_way:
                await asyncio.sleep(_BUSY_S)
            else:
                await doorbell.wait(at_most_s=_IDLE_S)

    async def tick(self) -> bool:
        """Declare what must exist, send again what was lost, end what was lost too often.

        Returns
        -------
        bool
            Whether something goes on that may need us again soon.
        """
        jetstream = self._bus.jetstream
        await self._declare(jetstream)
        is_under_way = await in_database(self._on_tick)
        if time.monotonic() > self._forget_at_s:
            await in_database(forget_old_inbox)
            self._forget_at_s = time.monotonic() + _RARELY_S
        await withdraw_cancelled(self._bus)
        jobs = await in_database(silent_jobs)
        if not jobs:
            return is_under_way or await in_database(Job.objects.filter(state__in=Job.OPEN_STATES).exists)
        if await events_are_waiting(jetstream):
            return True
        waiting = [job for job in jobs if await holds(jetstream, job)]
        await in_database(mark_waiting, waiting)
        for job in jobs:
            if job in waiting:
                continue
            log.warning("%s is lost, sending it again", job)
            if not await in_database(resend, job):
                await in_database(self._give_up, job)
        return True

    async def _declare(self, jetstream: JetStreamContext) -> None:
        names = await self._names()
        if (names, await count(jetstream)) != self._declared or time.monotonic() > self._declare_at_s:
            await declare(jetstream, services=names)
            self._declared = names, await count(jetstream)
            self._declare_at_s = time.monotonic() + _RARELY_S

    async def _names(self) -> list[str]:
        return await in_database(lambda: list(self._services()))

    def _give_up(self, job: Job) -> None:
        message = _NOBODY_ANSWERED.format(attempts=job.attempt)
        event = JobFailed(job_id=job.id, code="lost", message=message, retryable=True)
        with transaction.atomic():
            ended = finish(
                job.id, attempt=job.attempt, state=Job.State.FAILED, code=event.code, message=event.message
            )
            if ended is not None:
                self._on_failed(ended, event)
