"""Takes in what services say: each event changes the database once, however often it is delivered."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from services.main_app.jobs.bus import MAIN_APP
from services.main_app.jobs.database import in_database
from services.main_app.jobs.lifecycle import finish, mark_signs
from services.main_app.jobs.models import InboxMessage, Job
from shared.python.bus import Bus, Delivery
from shared.python.errors import CorruptError, NotFoundError, UnavailableError
from shared.python.messages import (
    STREAM_EVENTS,
    Envelope,
    Event,
    JobCancelled,
    JobFailed,
    JobProgressed,
    ServiceAnnounced,
    decode,
)

Handler = Callable[[Job, Event], None]
"""Takes in what a finished job brought, in the transaction that ends the job."""

_BATCH = 32
_SIGNS_S = 1.0

log = logging.getLogger(__name__)


class Consumer:
    """Applies events to the database.

    Parameters
    ----------
    on_finished
        Called with the job and its event, whether the job is done, failed or cancelled.
    on_announced
        Called with what a service says about itself; it may declare what the service needs on the queue.
    """

    def __init__(
        self, bus: Bus, *, on_finished: Handler, on_announced: Callable[[ServiceAnnounced], Awaitable[None]]
    ) -> None:
        self._bus = bus
        self._on_finished, self._on_announced = on_finished, on_announced
        self._signs: dict[tuple[str, int], tuple[float, datetime]] = {}

    async def run(self) -> None:
        """Consume until cancelled."""
        await self._bus.subscribe("progress.>", self._on_progress)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._write_signs())
            tasks.create_task(self._consume())

    async def _consume(self) -> None:
        while True:
            with contextlib.suppress(NotFoundError, UnavailableError):
                receiver = await self._bus.open_receiver(STREAM_EVENTS, MAIN_APP)
                while True:
                    for delivery in await receiver.receive(limit=_BATCH):
                        await self._take(delivery)
            await asyncio.sleep(0.3)  # the stream is being made, or the server is away

    async def _take(self, delivery: Delivery) -> None:
        try:
            envelope = decode(delivery.body)
            message = envelope.message
        except CorruptError as error:
            log.error("an event that cannot be read is dropped: %s", error)
            await delivery.discard()
            return
        if isinstance(message, ServiceAnnounced):
            await self._on_announced(message)
        elif isinstance(message, Event):
            await in_database(self.apply, envelope, message)
        else:
            log.error("%s is no event and is dropped", envelope.type)
        await delivery.finish()

    def apply(self, envelope: Envelope, event: Event) -> None:
        """Apply an event once; a repeated or outdated one changes nothing."""
        with transaction.atomic():
            _, is_new = InboxMessage.objects.get_or_create(idempotency_key=envelope.idempotencykey)
            if not is_new:
                return
            if isinstance(event, JobFailed):
                job = finish(
                    event.job_id,
                    attempt=envelope.attempt,
                    state=Job.State.FAILED,
                    code=event.code,
                    message=event.message,
                    detail=event.detail,
                )
            else:
                state = Job.State.CANCELLED if isinstance(event, JobCancelled) else Job.State.DONE
                job = finish(event.job_id, attempt=envelope.attempt, state=state)
            if job is None:
                log.info("%s of job %s is outdated and is dropped", envelope.type, event.job_id)
                return
            self._on_finished(job, event)

    async def _on_progress(self, _subject: str, body: bytes) -> None:
        try:
            message = decode(body).message
        except CorruptError as error:
            log.warning("a progress message that cannot be read: %s", error)
            return
        if isinstance(message, JobProgressed):
            self._signs[message.job_id, message.attempt] = (message.fraction, timezone.now())

    async def _write_signs(self) -> None:
        while True:
            await asyncio.sleep(_SIGNS_S)
            signs, self._signs = self._signs, {}
            if signs:
                await in_database(mark_signs, signs)
