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


async def run_until(
    bus: Bus, child: Child, is_so: Callable[[], bool], *, is_kept: bool, has_worked: bool
) -> None:
    """Run a slot whose lane is not declared: it looks for commands twice a second."""
    stopping = asyncio.Event()
    slot = Slot(
        bus,
        "nobody",
        child,
        is_prepared=True,
        is_kept=is_kept,
        preparing=asyncio.Lock(),
        handle=handle,
        stopping=stopping,
    )
    slot._has_worked = has_worked
    running = asyncio.create_task(slot.run())
    await until(lambda: child.is_running)
    await until(is_so)
    stopping.set()
    await running


async def test_a_child_that_has_nothing_to_do_gives_its_memory_back(
    bus: Bus, child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slot_module, "_CHILD_IDLE_S", 0.2)
    await run_until(bus, child, lambda: not child.is_running, is_kept=False, has_worked=False)


async def test_a_kept_child_that_has_worked_is_replaced_by_a_fresh_one(
    bus: Bus, child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slot_module, "_CHILD_IDLE_S", 0.2)
    seen: set[int] = set()

    def is_another() -> bool:
        seen.update({child.pid} if child.is_running and child.pid is not None else ())
        return len(seen) == 2

    await run_until(bus, child, is_another, is_kept=True, has_worked=True)


async def test_a_kept_child_that_has_not_worked_stays(
    bus: Bus, child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slot_module, "_CHILD_IDLE_S", 0.2)
    seen: list[int | None] = []

    def is_long_after() -> bool:
        seen.append(child.pid if child.is_running else None)
        return len(seen) > 100  # two seconds, and several looks for commands

    await run_until(bus, child, is_long_after, is_kept=True, has_worked=False)
    assert set(seen) == {seen[0]}
    assert seen[0] is not None


async def test_children_start_one_after_the_other(bus: Bus, child: Child) -> None:
    stopping, preparing = asyncio.Event(), asyncio.Lock()
    slot = Slot(
        bus, "nobody", child,
        is_prepared=True, is_kept=True, preparing=preparing, handle=handle, stopping=stopping,
    )  # fmt: skip
    async with preparing:  # as long as another one's child starts
        running = asyncio.create_task(slot.run())
        await asyncio.sleep(0.5)
        assert child.pid is None
    await until(lambda: child.is_running)
    stopping.set()
    await running
