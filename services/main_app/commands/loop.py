"""The frame of every process of main_app that talks to the queue: connect, work, end on SIGTERM."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Awaitable, Callable

from services.main_app.jobs.bus import get_bus_settings
from services.main_app.jobs.database import keep_connections
from shared.python.bus import Bus
from shared.python.bus_permissions import main_app_permissions
from shared.python.telemetry import set_up_telemetry


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

    working = asyncio.ensure_future(connect_and_work())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, working.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await working
