"""What every service runs: take commands from the queue, work in child processes, say what came of it.

The order that makes it safe to kill anything at any moment: results are written whole under keys that depend
on the content alone, then the event is stored, then the command is acknowledged. What is cut off in between
is done or said again, and main_app recognises it.
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.python.bus import Bus, Delivery
from shared.python.bus_permissions import service_permissions
from shared.python.bus_settings import BusSettings
from shared.python.child import Child, ChildDiedError, ChildSettings
from shared.python.errors import (
    ConfigError,
    CorruptError,
    DeniedError,
    TonotopeError,
)
from shared.python.messages import (
    REASON_HEADER,
    CancelJobs,
    Command,
    Envelope,
    Event,
    JobCancelled,
    JobFailed,
    ServiceAnnounced,
    cancel_subject,
    consumer_name,
    dead_subject,
    decode,
    event_subject,
    wrap,
)
from shared.python.models import FailureCode, Lane, NodeSpec
from shared.python.slot import Slot
from shared.python.task import LeaseLostError, Task
from shared.python.telemetry import set_up_telemetry
from shared.python.tracing import SpanKind, current_traceparent, message_span

MAX_DELIVERIES = 3
_REMEMBERED_JOBS = 10_000
_REASON_LETTERS = 500
_ANNOUNCE_S = 30.0
_GRACE_S = 2.5

log = logging.getLogger(__name__)


Handler = Callable[[Any, Task], Awaitable[Event]]


@dataclass(frozen=True, slots=True)
class Service:
    """All that makes a service out of its functions.

    Parameters
    ----------
    handlers
        For each command what carries it out: ``async def handler(command, task) -> Event``. It runs in the
        parent and must not compute; `Task.call` does that in the child. It may run twice for one command.
    prepared
        Lanes whose child processes are there before the first command; those of others begin with it.
    bulk_slots
        How many bulk commands are worked on at once; one interactive command always has a slot of its own.
    """

    name: str
    node_specs: tuple[NodeSpec, ...]
    handlers: Mapping[type[Command], Handler]
    child: ChildSettings = field(default_factory=ChildSettings)
    prepared: tuple[Lane, ...] = (Lane.BULK,)
    bulk_slots: int = 1


class Worker:
    """One process of a service: its slots, their children and the one connection to the queue."""

    def __init__(self, service: Service, bus: Bus) -> None:
        self._service, self._bus = service, bus
        self._stopping = asyncio.Event()
        self._preparing = asyncio.Lock()
        self._worked_at_s = time.monotonic()
        self._running: dict[tuple[str, int], asyncio.Task[Event]] = {}
        self._cancelled: OrderedDict[str, datetime] = OrderedDict()
        self._done: OrderedDict[tuple[str, int], Event] = OrderedDict()

    async def run(self) -> None:
        """Work until `stop`."""
        await self._bus.subscribe(cancel_subject(self._service.name), self._on_cancel)
        lanes = [Lane.INTERACTIVE] + [Lane.BULK] * self._service.bulk_slots
        slots = [
            asyncio.create_task(self._slot(lane).run(), name=f"{lane}-{n}") for n, lane in enumerate(lanes)
        ]
        announcer = asyncio.create_task(self._announce())
        await self._stopping.wait()
        announcer.cancel()
        _, unfinished = await asyncio.wait(slots, timeout=_GRACE_S)
        for slot in unfinished:
            slot.cancel()
        await asyncio.gather(*slots, announcer, return_exceptions=True)

    def _slot(self, lane: Lane) -> Slot:
        service = self._service
        return Slot(
            self._bus,
            consumer_name(service.name, lane),
            Child(service.child),
            is_prepared=lane in service.prepared,
            idle_s=self._idle_s,
            preparing=self._preparing,
            handle=self._handle,
            stopping=self._stopping,
        )

    def _idle_s(self) -> float:
        return 0.0 if self._running else time.monotonic() - self._worked_at_s

    def stop(self) -> None:
        """Take nothing new; what is running gets a moment and then goes back to the queue."""
        self._stopping.set()

    async def _announce(self) -> None:
        name = self._service.name
        message = ServiceAnnounced(service=name, node_specs=self._service.node_specs)
        subject = event_subject(name, ServiceAnnounced)
        while True:
            envelope = wrap(
                message, source=name, subject=subject, idempotency_key=f"announce-{os.urandom(8).hex()}"
            )
            await self._bus.publish(envelope)
            self._bus.reconnected.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_ANNOUNCE_S):
                    await self._bus.reconnected.wait()

    async def _on_cancel(self, _subject: str, body: bytes) -> None:
        try:
            envelope = decode(body)
            message = envelope.message
        except CorruptError as error:
            log.warning("a cancel message that cannot be read: %s", error)
            return
        if isinstance(message, CancelJobs):
            for job_id in message.job_ids:
                _remember(self._cancelled, job_id, envelope.time)
                for (running_id, _), work in self._running.items():
                    if running_id == job_id:
                        work.cancel()

    def _is_cancelled(self, command: Envelope) -> bool:
        """Whether nobody wants a command any more; one that was sent after the cancelling is wanted again."""
        cancelled_at = self._cancelled.get(command.job_id)
        return cancelled_at is not None and command.time <= cancelled_at

    async def _handle(self, delivery: Delivery, child: Child) -> None:
        try:
            envelope = decode(delivery.body)
            command = envelope.message
            if not isinstance(command, Command) or type(command) not in self._service.handlers:
                raise CorruptError(f"{self._service.name} carries out no {envelope.type}")
        except CorruptError as error:
            await self._refuse(delivery, error)
            return
        task = Task(self._bus, self._service.name, envelope, command, child, delivery)
        try:
            with message_span(
                "process",
                delivery.subject,
                SpanKind.CONSUMER,
                parent=envelope.traceparent,
                messaging__message__id=envelope.idempotencykey,
                tonotope__delivery=delivery.n_deliveries,
            ):
                event = await task.while_on_lease(self._event(delivery, envelope, command, task))
                if event is not None:
                    _remember(self._done, (command.job_id, envelope.attempt), event)
                    await task.while_on_lease(self._tell(delivery, envelope, event))
        except LeaseLostError:
            log.warning(
                "job %s is somebody else's by now: this process stood still for too long", task.job_id
            )
        except asyncio.CancelledError:
            # The worker itself is stopping: somebody else shall go on at once.
            await delivery.give_back(delay_s=0)
            raise

    async def _tell(self, delivery: Delivery, envelope: Envelope, event: Event) -> None:
        """Store what came of a command, then let go of the command."""
        name = self._service.name
        subject = event_subject(name, type(event))
        with message_span("send", subject, SpanKind.PRODUCER):
            await self._bus.publish(
                wrap(
                    event, source=name, subject=subject,
                    idempotency_key=f"{event.job_id}:{envelope.attempt}:{type(event).__name__}",
                    attempt=envelope.attempt, delivery=delivery.n_deliveries,
                    causation=envelope.id, traceparent=current_traceparent(),
                )
            )  # fmt: skip
        await delivery.finish()

    async def _refuse(self, delivery: Delivery, error: CorruptError) -> None:
        """Bury what cannot be read; where the job can be told, main_app is told at once."""
        await self._bury(delivery, error.message)
        with contextlib.suppress(CorruptError):
            envelope = decode(delivery.body)
            if envelope.job_id:
                failed = JobFailed(
                    job_id=envelope.job_id, code=FailureCode.UNAVAILABLE, message=error.message
                )
                await self._tell(delivery, envelope, failed)
        await delivery.discard()

    async def _event(
        self, delivery: Delivery, envelope: Envelope, command: Command, task: Task
    ) -> Event | None:
        """Carry a command out and give what came of it; ``None`` when it was given back to be tried again."""
        job_id = command.job_id
        if (job_id, envelope.attempt) in self._done:
            return self._done[job_id, envelope.attempt]
        if self._is_cancelled(envelope):
            return JobCancelled(job_id=job_id)
        if delivery.n_deliveries > MAX_DELIVERIES:
            # Nobody lived to report a failure: the worker itself died each time.
            return await self._failed(
                delivery, job_id, ChildDiedError("stopped the worker every time it was tried")
            )
        work: asyncio.Task[Event] = asyncio.create_task(self._carry_out(command, task))
        self._running[job_id, delivery.n_deliveries] = work
        try:
            return await work
        except asyncio.CancelledError:
            if self._is_cancelled(envelope) and not self._stopping.is_set():
                return JobCancelled(job_id=job_id)
            work.cancel()
            raise
        except TonotopeError as error:
            if not error.retryable or delivery.n_deliveries >= MAX_DELIVERIES:
                return await self._failed(delivery, job_id, error)
            log.warning("job %s failed and will be tried again: %s", job_id, error)
        except Exception as error:
            log.exception("job %s met an error that nobody foresaw", job_id)
            if delivery.n_deliveries >= MAX_DELIVERIES:
                return await self._failed(delivery, job_id, error)
        finally:
            del self._running[job_id, delivery.n_deliveries]
            self._worked_at_s = time.monotonic()
        await delivery.give_back(delay_s=0.5 * 2**delivery.n_deliveries)
        return None

    async def _carry_out(self, command: Command, task: Task) -> Event:
        return await self._service.handlers[type(command)](command, task)

    async def _failed(self, delivery: Delivery, job_id: str, error: Exception) -> JobFailed:
        await self._bury(delivery, repr(error))
        if isinstance(error, TonotopeError):
            return JobFailed(
                job_id=job_id,
                code=error.code,
                message=error.message,
                detail=repr(error),
                retryable=error.retryable,
            )
        return JobFailed(
            job_id=job_id, code="error", message="Something went wrong inside Tonotope", detail=repr(error)
        )

    async def _bury(self, delivery: Delivery, reason: str) -> None:
        """Keep the command as it came among the dead letters, where an operator finds it."""
        log.error("dead letter from %s: %s", delivery.subject, reason)
        key = f"dead-{delivery.subject}-{delivery.sequence}-{delivery.n_deliveries}"
        headers = {REASON_HEADER: " ".join(reason.split())[:_REASON_LETTERS]}
        subject = dead_subject(delivery.subject)
        await self._bus.publish_bytes(subject, delivery.body, idempotency_key=key, headers=headers)


def _remember(memory: OrderedDict[Any, Any], key: Any, value: Any) -> None:
    memory[key] = value
    while len(memory) > _REMEMBERED_JOBS:
        memory.popitem(last=False)


async def _run(service: Service) -> None:
    bus = await Bus.connect(BusSettings.from_environment(service.name))
    worker = Worker(service, bus)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, worker.stop)
    try:
        await bus.require(service_permissions(service.name))
        log.info("%s is ready: %d bulk slots", service.name, service.bulk_slots)
        await bus.unless_refused(worker.run())
    finally:
        await bus.close()


def run_worker(service: Service) -> None:
    """Run a service's worker until SIGTERM or Ctrl-C.

    Raises
    ------
    SystemExit
        With ``EX_CONFIG`` when the operator must change a setting: the last line of the log says which.
    """
    set_up_telemetry(service.name)
    try:
        asyncio.run(_run(service))
    except (ConfigError, DeniedError) as error:
        log.error("%s", error.message)
        sys.exit(os.EX_CONFIG)
