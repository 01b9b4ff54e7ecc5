"""The frame of every process of main_app that talks to the queue: connect, work, end on SIGTERM."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Awaitable, Callable
from typing import Any

from services.main_app.jobs.bus import get_bus_settings
from services.main_app.jobs.database import keep_connections
from shared.python.bus import Bus
from shared.python.bus_permissions import main_app_permissions
from shared.python.telemetry import set_up_telemetry

_AGAIN_S = 3.0
"""How long a process may take to close its connection before it is asked to end once more."""


def run_on_bus(process: str, work: Callable[[Bus], Awaitable[None]]) -> int:
    """Run `work` until it ends, or the process is asked to stop; give the exit code."""
    set_up_telemetry(process)
    keep_connections()
    # What is loaded by now stays to the end: the collector need not walk over it again and again.
    gc.collect()
    gc.freeze()
    asyncio.run(_run(work))
    return 0


async def _run(work: Callable[[Bus], Awaitable[None]]) -> None:
    async def connect_and_work() -> None:
        bus = await Bus.connect(get_bus_settings())
        try:
            await bus.require(main_app_permissions())
            await bus.unless_refused(work(bus))
        finally:
            await bus.close()

    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await _until_stopped(asyncio.ensure_future(connect_and_work()), stopping)


async def _until_stopped(working: asyncio.Future[None], stopping: asyncio.Event) -> None:
    stop: asyncio.Future[Any] = asyncio.ensure_future(stopping.wait())
    await asyncio.wait([working, stop], return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    while not working.done():
        # Python 3.11's `wait_for`, which nats-py uses, forgets a cancellation that comes in the very moment
        # in which what it waits for is there: once is not always enough.
        working.cancel()
        await asyncio.wait({working}, timeout=_AGAIN_S)
    with contextlib.suppress(asyncio.CancelledError):
        await working
