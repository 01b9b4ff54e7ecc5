import asyncio
import threading
import time
from collections.abc import AsyncIterator

import pytest

from services.main_app.jobs.doorbell import Doorbell, Listener
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
    bell = Doorbell()
    for _ in range(2):
        thread = threading.Thread(target=RING, args=(bell, "somebody"))
        thread.start()
        thread.join()
        await asyncio.wait_for(heard.wait(), 10)
        heard.clear()


async def test_nobody_waits_for_a_queue_that_is_away(heard: asyncio.Event, queue_server: QueueServer) -> None:
    queue_server.kill()
    bell = Doorbell()
    RING(bell, "somebody")  # comes back at once
    queue_server.start()
    async with asyncio.timeout(20):
        while not heard.is_set():
            RING(bell, "somebody")
            await asyncio.sleep(0.1)


async def test_a_ring_while_we_look_is_heard_afterwards(queue_server: QueueServer) -> None:
    bus = await Bus.connect(BusSettings(servers=(queue_server.url,), name="main_app"))
    listener = await Listener.open(bus, "somebody")
    listener.forget()
    await bus.broadcast("wake.somebody", b"")  # while it looks
    async with asyncio.timeout(10):
        await listener.wait(at_most_s=60)
    listener.forget()
    began_s = time.monotonic()
    await listener.wait(at_most_s=0.2)
    assert time.monotonic() - began_s >= 0.2
    await bus.close()
