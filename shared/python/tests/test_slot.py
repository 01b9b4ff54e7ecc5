"""What becomes of a slot's child while nothing is to be done. Commands themselves: `test_worker`."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from shared.python import slot as slot_module
from shared.python.bus import Bus, Delivery
from shared.python.bus_settings import BusSettings
from shared.python.child import Child, ChildSettings
from shared.python.slot import Slot
from shared.python.testing import QueueServer


@pytest.fixture
async def bus(queue_server: QueueServer) -> AsyncIterator[Bus]:
    bus = await Bus.connect(BusSettings(servers=(queue_server.url,), name="test"))
    yield bus
    await bus.close()


@pytest.fixture
async def child() -> AsyncIterator[Child]:
    child = Child(ChildSettings())
    yield child
    await child.stop()


async def handle(_delivery: Delivery, _child: Child) -> None:
    raise AssertionError("there are no commands")


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not is_so():
            await asyncio.sleep(0.02)


async def test_children_give_their_memory_back_when_nobody_has_worked_for_long(
    bus: Bus, child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slot_module, "_CHILD_IDLE_S", 10.0)
    stopping, idle_s = asyncio.Event(), 0.0
    slot = Slot(
        bus, "nobody", child,
        is_prepared=True, idle_s=lambda: idle_s, preparing=asyncio.Lock(), handle=handle, stopping=stopping,
    )  # fmt: skip
    running = asyncio.create_task(slot.run())
    await until(lambda: child.is_running)
    pid = child.pid
    await asyncio.sleep(1.5)  # several looks for commands: another slot of the process is at work meanwhile
    assert child.pid == pid
    idle_s = 11.0
    await until(lambda: not child.is_running)
    stopping.set()
    await running


async def test_children_start_one_after_the_other(bus: Bus, child: Child) -> None:
    stopping, preparing = asyncio.Event(), asyncio.Lock()
    slot = Slot(
        bus, "nobody", child,
        is_prepared=True, idle_s=lambda: 0.0, preparing=preparing, handle=handle, stopping=stopping,
    )  # fmt: skip
    async with preparing:  # as long as another one's child starts
        running = asyncio.create_task(slot.run())
        await asyncio.sleep(0.5)
        assert child.pid is None
    await until(lambda: child.is_running)
    stopping.set()
    await running
