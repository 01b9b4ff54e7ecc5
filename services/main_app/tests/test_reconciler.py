from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from django.utils import timezone

from services.main_app.jobs.bus import MAIN_APP
from services.main_app.jobs.database import in_database
from services.main_app.jobs.lifecycle import MAX_ATTEMPTS
from services.main_app.jobs.models import InboxMessage, Job
from services.main_app.jobs.publisher import Publisher
from services.main_app.jobs.reconciler import Reconciler
from services.main_app.tests.test_lifecycle import make_job
from shared.python.bus import Bus
from shared.python.bus_settings import BusSettings
from shared.python.messages import JobFailed
from shared.python.testing import QueueServer

pytestmark = pytest.mark.django_db(transaction=True)
SERVICE = "umap_service"


class Keeper:
    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.publisher = Publisher(bus, services=lambda: [SERVICE])
        self.failed: list[tuple[str, JobFailed]] = []
        self.ticks = 0
        self.reconciler = Reconciler(
            bus,
            services=lambda: [SERVICE],
            on_failed=lambda job, event: self.failed.append((job.id, event)),
            on_tick=self._on_tick,
        )

    def _on_tick(self) -> bool:
        self.ticks += 1
        return False

    async def sent_long_ago(self) -> Job:
        job: Job = await in_database(make_job)
        await self.publisher.drain()
        await self.age(job)
        return job

    async def age(self, job: Job) -> None:
        long_ago = timezone.now() - timedelta(minutes=5)
        await in_database(Job.objects.filter(id=job.id).update, sign_at=long_ago)


@pytest.fixture
async def keeper(queue_server: QueueServer) -> AsyncIterator[Keeper]:
    bus = await Bus.connect(BusSettings(servers=(queue_server.url,), name=MAIN_APP))
    keeper = Keeper(bus)
    await keeper.reconciler.tick()
    yield keeper
    await bus.close()


async def fate_of(job: Job) -> tuple[str, int]:
    await in_database(job.refresh_from_db)
    return job.state, job.attempt


async def test_a_tick_declares_everything(keeper: Keeper) -> None:
    names = [stream.config.name for stream in await keeper.bus.jetstream.streams_info()]
    assert sorted(names) == ["CMD", "DEAD", "EVT"]
    consumers = [info.name for info in await keeper.bus.jetstream.consumers_info("CMD")]
    assert sorted(consumers) == ["umap_service_bulk", "umap_service_interactive"]
    assert keeper.ticks == 1


async def test_a_job_that_still_waits_in_the_queue_is_left_alone(keeper: Keeper) -> None:
    job = await keeper.sent_long_ago()
    await keeper.reconciler.tick()
    assert await fate_of(job) == (Job.State.SENT, 1)


async def test_a_job_that_the_queue_has_lost_is_sent_again(keeper: Keeper, queue_server: QueueServer) -> None:
    job = await keeper.sent_long_ago()
    other = await keeper.sent_long_ago()
    queue_server.kill()
    queue_server.wipe()
    queue_server.start()
    await keeper.reconciler.tick()
    assert await fate_of(job) == await fate_of(other) == (Job.State.WAITING, 2)
    assert await keeper.publisher.drain() == 2
    await keeper.reconciler.tick()
    assert await fate_of(job) == (Job.State.SENT, 2)


async def test_a_job_of_which_something_was_heard_is_left_alone(keeper: Keeper) -> None:
    job = await keeper.sent_long_ago()
    await keeper.bus.jetstream.purge_stream("CMD")
    await in_database(Job.objects.filter(id=job.id).update, sign_at=timezone.now())
    await keeper.reconciler.tick()
    assert await fate_of(job) == (Job.State.SENT, 1)


async def test_nothing_is_sent_again_while_events_wait_to_be_taken_in(keeper: Keeper) -> None:
    job = await keeper.sent_long_ago()
    await keeper.bus.jetstream.purge_stream("CMD")
    await keeper.bus.publish_bytes("evt.umap_service.x", b"its result, perhaps", idempotency_key="e")
    await keeper.reconciler.tick()
    assert await fate_of(job) == (Job.State.SENT, 1)


async def test_a_job_that_is_lost_again_and_again_fails_with_a_reason(keeper: Keeper) -> None:
    job = await keeper.sent_long_ago()
    for _ in range(MAX_ATTEMPTS):
        await keeper.bus.jetstream.purge_stream("CMD")
        await keeper.age(job)
        await keeper.reconciler.tick()
        await keeper.publisher.drain()
    assert await fate_of(job) == (Job.State.FAILED, MAX_ATTEMPTS)
    assert "No worker finished it" in job.message
    assert [job_id for job_id, _ in keeper.failed] == [job.id]


async def test_old_inbox_keys_are_forgotten(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper.reconciler, "_forget_at_s", 0.0)  # a minute has passed
    for key, days in (("old", 30), ("new", 1)):
        await in_database(InboxMessage.objects.create, idempotency_key=key)
        received = timezone.now() - timedelta(days=days)
        await in_database(InboxMessage.objects.filter(idempotency_key=key).update, received_at=received)
    await keeper.reconciler.tick()
    assert await in_database(lambda: [row.idempotency_key for row in InboxMessage.objects.all()]) == ["new"]
