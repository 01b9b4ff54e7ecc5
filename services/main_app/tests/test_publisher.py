import asyncio
from collections.abc import AsyncIterator

import pytest

from services.main_app.jobs.database import in_database
from services.main_app.jobs.lifecycle import cancel_jobs, jobs_to_withdraw
from services.main_app.jobs.models import Job, OutboxMessage
from services.main_app.jobs.publisher import Publisher, next_messages
from services.main_app.jobs.topology import declare
from services.main_app.jobs.withdrawing import holds
from services.main_app.tests.test_lifecycle import make_job
from shared.python.bus import Bus
from shared.python.bus_settings import BusSettings
from shared.python.messages import CancelJobs, decode, wake_subject
from shared.python.testing import QueueServer

pytestmark = pytest.mark.django_db(transaction=True)
SERVICE = "umap_service"


@pytest.fixture
async def bus(queue_server: QueueServer) -> AsyncIterator[Bus]:
    bus = await Bus.connect(BusSettings(servers=(queue_server.url,), name="main_app"))
    await declare(bus.jetstream, services=[SERVICE])
    yield bus
    await bus.close()


@pytest.fixture
def publisher(bus: Bus) -> Publisher:
    return Publisher(bus, services=lambda: [SERVICE])


async def n_commands(bus: Bus) -> int:
    return int((await bus.jetstream.stream_info("CMD")).state.messages)


async def test_what_waits_is_sent_and_noted(bus: Bus, publisher: Publisher) -> None:
    job = await in_database(make_job)
    assert await publisher.drain() == 1
    await in_database(job.refresh_from_db)
    assert (job.state, job.queue_sequence) == (Job.State.SENT, 1)
    assert await publisher.drain() == 0
    assert await n_commands(bus) == 1


async def test_sending_twice_after_a_crash_in_between_is_one_message(bus: Bus, publisher: Publisher) -> None:
    await in_database(make_job)
    rows = await in_database(next_messages, [SERVICE])
    await publisher._send(rows[0])  # and here the process is killed
    assert await publisher.drain() == 1
    assert await n_commands(bus) == 1


async def test_a_full_lane_waits_outside_of_the_queue(publisher: Publisher, settings) -> None:
    settings.QUEUE_WINDOW_JOBS = 3
    jobs = [await in_database(make_job) for _ in range(5)]
    assert await publisher.drain() == 3
    assert await publisher.drain() == 0
    await in_database(Job.objects.filter(id=jobs[0].id).update, state=Job.State.DONE)
    assert await publisher.drain() == 1
    assert await in_database(OutboxMessage.objects.count) == 1


async def test_a_server_that_is_away_loses_nothing(
    bus: Bus, publisher: Publisher, queue_server: QueueServer
) -> None:
    await in_database(make_job)
    queue_server.kill()
    draining = asyncio.create_task(publisher.drain())
    await asyncio.sleep(0.5)
    assert await in_database(OutboxMessage.objects.count) == 1
    queue_server.start()
    assert await asyncio.wait_for(draining, 30) == 1
    assert await n_commands(bus) == 1


async def test_a_lane_is_filled_up_when_a_quarter_of_it_is_free(publisher: Publisher, settings) -> None:
    settings.QUEUE_WINDOW_JOBS = 8
    jobs = [await in_database(make_job) for _ in range(12)]
    assert await publisher.drain() == 8
    await in_database(Job.objects.filter(id=jobs[0].id).update, state=Job.State.DONE)
    assert await publisher.drain() == 0
    await in_database(Job.objects.filter(id=jobs[1].id).update, state=Job.State.DONE)
    assert await publisher.drain() == 2


async def test_what_is_cancelled_is_taken_out_of_the_queue(bus: Bus, publisher: Publisher) -> None:
    cancelled = [await in_database(make_job) for _ in range(3)]
    kept = await in_database(make_job, 2)
    assert await publisher.drain() == 4
    heard: list[bytes] = []

    async def hear(_subject: str, body: bytes) -> None:
        heard.append(body)

    await bus.subscribe("cancel.umap_service", hear)
    assert await in_database(cancel_jobs, 1) == 3
    assert await publisher.drain() == 1
    assert await n_commands(bus) == 1
    await in_database(kept.refresh_from_db)
    assert await holds(bus.jetstream, kept)
    # Told before the commands were deleted, and once more behind it.
    assert await publisher.drain() == 1
    ids = tuple(sorted(job.id for job in cancelled))
    while len(heard) < 2:
        await asyncio.sleep(0.02)
    for body in heard:
        message = decode(body).message
        assert isinstance(message, CancelJobs)
        assert tuple(sorted(message.job_ids)) == ids
    assert await in_database(jobs_to_withdraw) == []


async def test_what_is_cancelled_while_it_is_being_sent_is_taken_back(
    bus: Bus, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    await in_database(make_job)
    send = publisher._send

    async def cancel_meanwhile(row: OutboxMessage) -> int:
        await in_database(cancel_jobs, 1)
        return await send(row)

    monkeypatch.setattr(publisher, "_send", cancel_meanwhile)
    assert await publisher.drain() == 1
    assert await n_commands(bus) == 0


async def test_a_ring_wakes_it_at_once(
    bus: Bus, publisher: Publisher, queue_server: QueueServer, settings
) -> None:
    settings.NATS_URL = queue_server.url
    publishing = asyncio.create_task(publisher.run())
    await asyncio.sleep(0.5)  # by now it has looked, and waits
    job = await in_database(make_job)
    await bus.broadcast(wake_subject("publisher"), b"")
    async with asyncio.timeout(5):
        while not await in_database(Job.objects.filter(id=job.id, state=Job.State.SENT).exists):
            await asyncio.sleep(0.01)
    publishing.cancel()
