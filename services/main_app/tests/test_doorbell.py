import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from services.main_app.jobs.doorbell import Doorbell
from shared.python.bus import Bus
from shared.python.bus_settings import BusSettings
from shared.python.testing import QueueServer

RING = Doorbell.ring
"""The real one, which the fixtures of all tests replace."""


@pytest.fixture
async def heard(queue_server: QueueServer, settings) -> AsyncIterator[asyncio.Event]:
    settings.NATS_URL = queue_server.url
    bus = await Bus.connect(BusSettings(servers=(queue_server.url,), name="main_app"))
    event = asyncio.Event()

    async def hear(_subject: str, _body: bytes) -> None:
        event.set()

    await bus.subscribe("wake.somebody", hear)
    yield event
    await bus.close()


async def test_a_thread_without_a_loop_wakes_another_process(heard: asyncio.Event) -> None:
    bell = Doorbell("somebody")
    for _ in range(2):
        thread = threading.Thread(target=RING, args=(bell,))
        thread.start()
        thread.join()
        await asyncio.wait_for(heard.wait(), 10)
        heard.clear()


async def test_nobody_waits_for_a_queue_that_is_away(heard: asyncio.Event, queue_server: QueueServer) -> None:
    queue_server.kill()
    bell = Doorbell("somebody")
    RING(bell)  # comes back at once
    queue_server.start()
    async with asyncio.timeout(20):
        while not heard.is_set():
            RING(bell)
            await asyncio.sleep(0.1)
