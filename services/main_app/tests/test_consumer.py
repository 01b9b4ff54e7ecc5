import asyncio
from collections.abc import AsyncIterator

import pytest
from django.db import OperationalError

from services.main_app.jobs import consumer as consumer_module
from services.main_app.jobs.consumer import Consumer
from services.main_app.jobs.database import in_database
from services.main_app.jobs.models import DeadLetter, InboxMessage, Incident, Job
from services.main_app.jobs.topology import declare
from services.main_app.tests.test_lifecycle import make_job, send
from shared.python.bus import Bus
from shared.python.bus_settings import BusSettings
from shared.python.messages import (
    REASON_HEADER,
    Envelope,
    Event,
    JobCancelled,
    JobFailed,
    JobProgressed,
    Message,
    ServiceAnnounced,
    SoundsClustered,
    event_subject,
    progress_subject,
    wrap,
)
from shared.python.testing import QueueServer

pytestmark = pytest.mark.django_db(transaction=True)
SERVICE = "umap_service"


class Listener:
    """A consumer at work, and what it has told."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.finished: list[tuple[str, Event]] = []
        self.announced: list[ServiceAnnounced] = []
        self.consumer = Consumer(bus, on_finished=self._on_finished, on_announced=self._on_announced)

    def _on_finished(self, job: Job, event: Event) -> None:
        self.finished.append((job.id, event))

    async def _on_announced(self, announced: ServiceAnnounced) -> None:
        self.announced.append(announced)

    async def say(self, event: Event, *, key: str, attempt: int = 1, delivery: int = 1) -> None:
        subject = event_subject(SERVICE, type(event))
        await self.bus.publish(
            wrap(
                event,
                source=SERVICE,
                subject=subject,
                idempotency_key=key,
                attempt=attempt,
                delivery=delivery,
            )
        )

    async def settle(self) -> None:
        """Wait until every event was taken in."""
        while True:
            waiting = 0
            for stream in ("EVT", "DEAD"):
                # Not by what is pending: on its way out a message is counted nowhere for a moment.
                last = (await self.bus.jetstream.stream_info(stream)).state.last_seq
                taken = (await self.bus.jetstream.consumer_info(stream, "main_app")).ack_floor
                waiting += last - (taken.stream_seq if taken else 0)
            if not waiting:
                return
            await asyncio.sleep(0.05)


@pytest.fixture
async def listener(queue_server: QueueServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Listener]:
    monkeypatch.setattr(consumer_module, "_SIGNS_S", 0.1)
    bus = await Bus.connect(BusSettings(servers=(queue_server.url,), name="main_app"))
    await declare(bus.jetstream, services=[SERVICE])
    listener = Listener(bus)
    running = asyncio.create_task(listener.consumer.run())
    yield listener
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await bus.close()


async def sent_job() -> Job:
    job: Job = await in_database(make_job)
    await in_database(send, job)
    return job


def clustered(job: Job) -> SoundsClustered:
    return SoundsClustered(job_id=job.id, labels_url="blob:x", n_clusters=2, seconds=0.1)


async def state_of(job: Job) -> str:
    await in_database(job.refresh_from_db)
    return job.state


async def test_an_event_ends_its_job_once(listener: Listener) -> None:
    job = await sent_job()
    await listener.say(clustered(job), key="a")
    await listener.say(clustered(job), key="b")  # the same, said again by a worker that was restarted
    await listener.settle()
    assert await state_of(job) == Job.State.DONE
    assert listener.finished == [(job.id, clustered(job))]


async def test_an_event_that_is_delivered_twice_changes_nothing(listener: Listener) -> None:
    job = await sent_job()
    envelope = wrap(clustered(job), source=SERVICE, subject="evt.x", idempotency_key="a")
    for _ in range(2):
        await in_database(listener.consumer.apply, envelope, clustered(job))
    assert len(listener.finished) == 1
    assert await in_database(InboxMessage.objects.count) == 1


@pytest.mark.parametrize(
    ("kind", "state", "code"),
    [("failed", Job.State.FAILED, "timed_out"), ("cancelled", Job.State.CANCELLED, "")],
)
async def test_a_job_ends_as_it_is_told(listener: Listener, kind: str, state: str, code: str) -> None:
    job = await sent_job()
    if kind == "failed":
        await listener.say(
            JobFailed(job_id=job.id, code="timed_out", message="too long", detail="d"), key="a"
        )
    else:
        await listener.say(JobCancelled(job_id=job.id), key="a")
    await listener.settle()
    assert (await state_of(job), job.code) == (state, code)


async def test_a_job_that_was_sent_again_hears_only_its_newest_attempt(listener: Listener) -> None:
    job = await sent_job()
    await in_database(Job.objects.filter(id=job.id).update, attempt=2)
    await listener.say(clustered(job), key="a", attempt=1)
    await listener.settle()
    assert await state_of(job) == Job.State.SENT
    await listener.say(clustered(job), key="b", attempt=2)
    await listener.settle()
    assert await state_of(job) == Job.State.DONE


async def test_a_failing_handler_leaves_job_and_inbox_as_they_were(listener: Listener) -> None:
    job = await sent_job()

    def fail(_job: Job, _event: Event) -> None:
        raise OSError("the disk is full")

    consumer = Consumer(listener.bus, on_finished=fail, on_announced=listener._on_announced)
    envelope = wrap(clustered(job), source=SERVICE, subject="evt.x", idempotency_key="a")
    with pytest.raises(OSError, match="disk"):
        await in_database(consumer.apply, envelope, clustered(job))
    assert await state_of(job) == Job.State.SENT
    assert await in_database(InboxMessage.objects.count) == 0


async def test_garbage_is_dropped_and_the_next_event_is_taken(listener: Listener) -> None:
    job = await sent_job()
    await listener.bus.publish_bytes("evt.umap_service.noise", b"garbage", idempotency_key="g")
    await listener.say(clustered(job), key="a")
    await listener.settle()
    assert await state_of(job) == Job.State.DONE


async def test_announcements_are_passed_on(listener: Listener) -> None:
    announced = ServiceAnnounced(service=SERVICE, node_specs=())
    await listener.say(announced, key="a")
    await listener.settle()
    assert listener.announced == [announced]


async def test_progress_is_noted(listener: Listener) -> None:
    job = await sent_job()
    subject = progress_subject(SERVICE, job.id)
    sign: Message = JobProgressed(job_id=job.id, attempt=1, fraction=0.25)
    while await state_of(job) != Job.State.RUNNING:
        await listener.bus.broadcast(
            subject, wrap(sign, source=SERVICE, subject=subject, idempotency_key="p").encode()
        )
        await asyncio.sleep(0.1)
    assert job.fraction == 0.25


async def test_a_wiped_queue_is_listened_to_again(listener: Listener, queue_server: QueueServer) -> None:
    queue_server.kill()
    queue_server.wipe()
    queue_server.start()
    await asyncio.sleep(1)
    await declare(listener.bus.jetstream, services=[SERVICE])
    job = await sent_job()
    await listener.say(clustered(job), key="a")
    await listener.settle()
    while await state_of(job) != Job.State.DONE:
        await asyncio.sleep(0.1)


async def test_a_worker_that_has_lost_its_lease_is_not_believed(listener: Listener) -> None:
    job = await sent_job()
    await in_database(Job.objects.filter(id=job.id).update, delivery=2)
    await listener.say(clustered(job), key="a", delivery=1)
    await listener.settle()
    assert await state_of(job) == Job.State.SENT
    assert await in_database(Incident.objects.filter(job_id=job.id, kind="outdated").count) == 1
    await listener.say(clustered(job), key="b", delivery=2)
    await listener.settle()
    assert await state_of(job) == Job.State.DONE


async def test_dead_letters_are_kept_with_their_reason(listener: Listener) -> None:
    job = await sent_job()
    body = wrap(clustered(job), source="x", subject="x", idempotency_key="x").encode()
    for key in ("d1", "d1"):
        await listener.bus.publish_bytes(
            "dead.cmd.umap_service.bulk", body, idempotency_key=key, headers={REASON_HEADER: "it crashed"}
        )
    await listener.bus.publish_bytes("dead.cmd.umap_service.bulk", b"garbage", idempotency_key="d2")
    await listener.settle()
    letters = await in_database(lambda: list(DeadLetter.objects.order_by("id")))
    assert [(letter.job_id, letter.reason) for letter in letters] == [
        (job.id, "it crashed"),
        ("", "no reason was given"),
    ]
    assert bytes(letters[1].body) == b"garbage"
    dead = await in_database(lambda: list(Incident.objects.values_list("kind", "service", "lane")))
    assert dead == [("dead", SERVICE, "bulk")] * 2


async def test_a_result_that_cannot_be_taken_in_fails_its_job_and_holds_up_nothing(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer_module, "_AGAIN_S", 0.05)
    poisoned, healthy = await sent_job(), await sent_job()
    tries: list[str] = []

    def take(job: Job, event: Event) -> None:
        if job.id == poisoned.id and not isinstance(event, JobFailed):
            tries.append(job.id)
            raise LookupError("its layout is gone")

    monkeypatch.setattr(listener.consumer, "_on_finished", take)
    await listener.say(clustered(poisoned), key="a")
    await listener.say(clustered(healthy), key="b")
    await listener.settle()
    assert await state_of(healthy) == Job.State.DONE
    assert (await state_of(poisoned), poisoned.code) == (Job.State.FAILED, "error")
    assert 3 <= len(tries) <= 4  # it may have come together with the other one, and then alone
    letter = await in_database(DeadLetter.objects.get)
    assert (letter.job_id, letter.subject) == (poisoned.id, "evt.umap_service.sounds_clustered")


async def test_events_that_come_together_are_applied_together_or_each_alone(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer_module, "_AGAIN_S", 0.05)
    jobs = [await sent_job() for _ in range(24)]
    together: list[int] = []
    refused: list[str] = []

    def take(job: Job, event: Event) -> None:
        if job.id == jobs[-1].id and not refused:
            refused.append(job.id)
            raise LookupError("not this time")

    def apply_all(events: list[tuple[Envelope, Event]]) -> None:
        together.append(len(events))
        apply_them(events)

    apply_them = listener.consumer.apply_all
    monkeypatch.setattr(listener.consumer, "_on_finished", take)
    monkeypatch.setattr(listener.consumer, "apply_all", apply_all)
    await asyncio.gather(*(listener.say(clustered(job), key=job.id) for job in jobs))
    await listener.settle()
    assert [await state_of(job) for job in jobs] == [Job.State.DONE] * len(jobs)
    assert await in_database(InboxMessage.objects.count) == len(jobs)
    assert together


async def test_a_database_that_is_away_for_a_moment_fails_nothing(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer_module, "_AGAIN_S", 0.05)
    job = await sent_job()
    tries: list[str] = []

    def take(job: Job, event: Event) -> None:
        tries.append(job.id)
        if len(tries) < 6:
            raise OperationalError("database is locked")

    monkeypatch.setattr(listener.consumer, "_on_finished", take)
    await listener.say(clustered(job), key="a")
    await listener.settle()
    assert (await state_of(job), len(tries)) == (Job.State.DONE, 6)
