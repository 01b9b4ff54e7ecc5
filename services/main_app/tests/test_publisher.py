import asyncio
from collections.abc import AsyncIterator

import pytest

from services.main_app.jobs import publisher
from services.main_app.jobs.database import in_database
from services.main_app.jobs.models import Job, OutboxMessage
from services.main_app.jobs.topology import declare
from services.main_app.tests.test_lifecycle import make_job
from shared.python.bus import Bus, BusSettings
from shared.python.testing import QueueServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def bus(queue_server: QueueServer) -> AsyncIterator[Bus]:
    bus = await Bus.connect(BusSettings(servers=(queue_server.url,), name="main_app"))
    await declare(bus.jetstream, services=["umap_service"])
    yield bus
    await bus.close()


async def n_commands(bus: Bus) -> int:
    return int((await bus.jetstream.stream_info("CMD")).state.messages)


async def test_what_waits_is_sent_and_noted(bus: Bus) -> None:
    job = await in_database(make_job)
    assert await publisher.drain(bus) == 1
    await in_database(job.refresh_from_db)
    assert (job.state, job.queue_sequence) == (Job.State.SENT, 1)
    assert await publisher.drain(bus) == 0
    assert await n_commands(bus) == 1


async def test_sending_twice_after_a_crash_in_between_is_one_message(bus: Bus) -> None:
    await in_database(make_job)
    rows = await in_database(publisher.next_messages)
    await publisher._send(bus, rows[0])  # and here the process is killed
    assert await publisher.drain(bus) == 1
    assert await n_commands(bus) == 1


async def test_a_full_lane_waits_outside_of_the_queue(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher, "WINDOW_JOBS", 3)
    jobs = [await in_database(make_job) for _ in range(5)]
    assert await publisher.drain(bus) == 3
    assert await publisher.drain(bus) == 0
    await in_database(Job.objects.filter(id=jobs[0].id).update, state=Job.State.DONE)
    assert await publisher.drain(bus) == 1
    assert await in_database(OutboxMessage.objects.count) == 1


async def test_a_server_that_is_away_loses_nothing(bus: Bus, queue_server: QueueServer) -> None:
    await in_database(make_job)
    queue_server.kill()
    draining = asyncio.create_task(publisher.drain(bus))
    await asyncio.sleep(0.5)
    assert await in_database(OutboxMessage.objects.count) == 1
    queue_server.start()
    assert await asyncio.wait_for(draining, 30) == 1
    assert await n_commands(bus) == 1
