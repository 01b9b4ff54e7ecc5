"""Takes in what services say: each event changes the database once, however often it is delivered.

Beside the events these are the signs of life, and the dead letters.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence

from django.db import OperationalError, transaction
from django.utils import timezone
from nats.errors import Error as NatsError

from services.main_app.jobs.bus import MAIN_APP
from services.main_app.jobs.database import in_database
from services.main_app.jobs.dead_letters import keep, keep_dead_letter
from services.main_app.jobs.doorbell import ring_publisher
from services.main_app.jobs.lifecycle import Sign, finish, mark_signs
from services.main_app.jobs.models import MAX_ATTEMPTS, InboxMessage, Job
from shared.python.bus import Bus, Delivery
from shared.python.errors import CorruptError, NotFoundError, UnavailableError
from shared.python.messages import (
    STREAM_DEAD,
    STREAM_EVENTS,
    Envelope,
    Event,
    JobCancelled,
    JobFailed,
    JobProgressed,
    ServiceAnnounced,
    decode,
)
from shared.python.tracing import SpanKind, message_span

Handler = Callable[[Job, Event], None]
"""Takes in what a finished job brought, in the transaction that ends the job."""

_BATCH = 32
_SIGNS_S = 1.0
_AGAIN_S = 0.5

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
        self._signs: dict[str, Sign] = {}

    async def run(self) -> None:
        """Consume until cancelled."""
        await self._bus.subscribe("progress.>", self._on_progress)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._write_signs())
            tasks.create_task(self._consume(STREAM_EVENTS, self._take_all))
            tasks.create_task(self._consume(STREAM_DEAD, self._take_dead))

    async def _consume(self, stream: str, take: Callable[[Sequence[Delivery]], Awaitable[None]]) -> None:
        while True:
            with contextlib.suppress(NotFoundError, UnavailableError):
                receiver = await self._bus.open_receiver(stream, MAIN_APP)
                while True:
                    await take(await receiver.receive(limit=_BATCH))
            await asyncio.sleep(0.3)  # the stream is being made, or the server is away

    async def _take_dead(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            await in_database(keep_dead_letter, delivery)
            await delivery.finish()

    async def _take_all(self, deliveries: Sequence[Delivery]) -> None:
        """Take in what came together in one transaction, or, when that fails, each in its own."""
        if len(deliveries) > 1 and (events := _events_of_jobs(deliveries)) is not None:
            try:
                await in_database(self.apply_all, events)
            except Exception:
                log.warning("%d events cannot be taken in together", len(events), exc_info=True)
            else:
                await asyncio.gather(*(delivery.finish() for delivery in deliveries))
                return
        for delivery in deliveries:
            await self._take(delivery)

    async def _take(self, delivery: Delivery) -> None:
        try:
            envelope = decode(delivery.body)
            message = envelope.message
        except CorruptError as error:
            log.error("an event that cannot be read is dropped: %s", error)
            await delivery.discard()
            return
        try:
            if isinstance(message, ServiceAnnounced):
                await self._on_announced(message)
            elif isinstance(message, Event):
                await in_database(self.apply, envelope, message)
            else:
                log.error("%s is no event and is dropped", envelope.type)
        except (OperationalError, UnavailableError, NatsError) as error:
            log.warning("%s cannot be taken in now (%r), later again", envelope.type, error)
            await delivery.give_back(delay_s=_AGAIN_S)
            return
        except Exception as error:
            log.exception("%s of job %s cannot be taken in", envelope.type, envelope.job_id)
            if delivery.n_deliveries < MAX_ATTEMPTS:
                await delivery.give_back(delay_s=_AGAIN_S * 2**delivery.n_deliveries)
                return
            # It will never be: the job shall not wait for it for ever, and nothing else behind it.
            await in_database(self._give_up, delivery, envelope, error)
        await delivery.finish()

    def _give_up(self, delivery: Delivery, envelope: Envelope, error: Exception) -> None:
        failed = JobFailed(
            job_id=envelope.job_id,
            code="error",
            message="The work was done, but its result could not be taken in. Look into the consumer's log",
            detail=repr(error),
        )
        with transaction.atomic():
            keep(subject=delivery.subject, job_id=envelope.job_id, reason=repr(error), body=delivery.body)
            job = finish(
                failed.job_id, attempt=envelope.attempt, state=Job.State.FAILED,
                code=failed.code, message=failed.message, detail=failed.detail,
            )  # fmt: skip
            if job is not None:
                self._on_finished(job, failed)

    def apply_all(self, events: Sequence[tuple[Envelope, Event]]) -> None:
        """Apply several events, all of them or none."""
        with transaction.atomic():
            for envelope, event in events:
                self.apply(envelope, event)

    def apply(self, envelope: Envelope, event: Event) -> None:
        """Apply an event once; a repeated or outdated one changes nothing."""
        with (
            message_span(
                "process",
                envelope.subject,
                SpanKind.CONSUMER,
                parent=envelope.traceparent,
                messaging__message__id=envelope.idempotencykey,
            ),
            # A part of the batch's transaction where there is one: an error undoes all of it in any case.
            transaction.atomic(savepoint=False),
        ):
            if InboxMessage.objects.filter(idempotency_key=envelope.idempotencykey).exists():
                return
            InboxMessage.objects.create(idempotency_key=envelope.idempotencykey)
            if isinstance(event, JobFailed):
                job = finish(
                    event.job_id,
                    attempt=envelope.attempt,
                    delivery=envelope.delivery,
                    state=Job.State.FAILED,
                    code=event.code,
                    message=event.message,
                    detail=event.detail,
                )
            else:
                state = Job.State.CANCELLED if isinstance(event, JobCancelled) else Job.State.DONE
                job = finish(event.job_id, attempt=envelope.attempt, delivery=envelope.delivery, state=state)
            if job is None:
                log.info("%s of job %s is outdated and is dropped", envelope.type, event.job_id)
                return
            self._on_finished(job, event)
            transaction.on_commit(ring_publisher)  # its lane has room for another

    async def _on_progress(self, _subject: str, body: bytes) -> None:
        try:
            message = decode(body).message
        except CorruptError as error:
            log.warning("a progress message that cannot be read: %s", error)
            return
        if isinstance(message, JobProgressed):
            self._signs[message.job_id] = Sign(
                attempt=message.attempt,
                delivery=message.delivery,
                fraction=message.fraction,
                heard_at=timezone.now(),
            )

    async def _write_signs(self) -> None:
        while True:
            await asyncio.sleep(_SIGNS_S)
            signs, self._signs = self._signs, {}
            if signs:
                await in_database(mark_signs, signs)


def _events_of_jobs(deliveries: Sequence[Delivery]) -> list[tuple[Envelope, Event]] | None:
    """Read events that may be applied together; ``None`` when something else is among them."""
    events: list[tuple[Envelope, Event]] = []
    for delivery in deliveries:
        try:
            envelope = decode(delivery.body)
            message = envelope.message
        except CorruptError:
            return None
        if not isinstance(message, Event) or isinstance(message, ServiceAnnounced):
            return None
        events.append((envelope, message))
    return events
