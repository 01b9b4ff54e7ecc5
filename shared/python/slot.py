"""One place of a worker: it pulls commands, has one at a time carried out, and keeps the child for them."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from shared.python.bus import Bus, Delivery, Receiver
from shared.python.child import Child
from shared.python.errors import NotFoundError, UnavailableError
from shared.python.messages import STREAM_COMMANDS

_CHILD_IDLE_S = 60.0
"""After so long without any work children give their memory back."""
_AGAIN_S = 0.5

log = logging.getLogger(__name__)


class Slot:
    """Takes commands of one lane and has them handled, one after the other.

    Parameters
    ----------
    is_prepared
        The child is started before a command is taken.
    idle_s
        Tells for how long nobody in this process has worked. While one slot has work the children of the
        others stay: where one lane is busy, who uses another need not wait for a process to start.
    preparing
        Held while a child starts: one at a time is ready in half the time that two take together, and what
        the first one compiles the next one finds.
    handle
        Carries a delivery out in the child, and ends the delivery.
    stopping
        Once it is set, nothing is taken any more.
    """

    def __init__(
        self,
        bus: Bus,
        consumer: str,
        child: Child,
        *,
        is_prepared: bool,
        idle_s: Callable[[], float],
        preparing: asyncio.Lock,
        handle: Callable[[Delivery, Child], Awaitable[None]],
        stopping: asyncio.Event,
    ) -> None:
        self._bus, self._consumer, self._child = bus, consumer, child
        self._must_prepare, self._idle_s = is_prepared, idle_s
        self._preparing, self._handle, self._stopping = preparing, handle, stopping
        self._receiver: Receiver | None = None

    async def run(self) -> None:
        """Work until `stopping`; then what is running is cut off by cancelling this."""
        try:
            while not self._stopping.is_set():
                if self._must_prepare:
                    # Before a command is taken: none shall be held, and count as tried, by who cannot begin.
                    await self._unless_stopping(self._prepare())
                    self._must_prepare = False
                for delivery in await self._take():
                    await self._handle(delivery, self._child)
                    self._must_prepare = not self._child.is_running
                if self._idle_s() > _CHILD_IDLE_S:
                    await self._child.stop()
        finally:
            await self._child.stop()
            await self._close()

    async def _prepare(self) -> None:
        try:
            async with self._preparing:
                await self._child.start()
        except UnavailableError as error:
            # The next command tries again, and fails with this reason: it shall not wait in silence.
            log.error("%s", error.message)

    async def _take(self) -> list[Delivery]:
        try:
            if self._receiver is None:
                self._receiver = await self._bus.open_receiver(STREAM_COMMANDS, self._consumer)
            return await self._unless_stopping(self._receiver.receive()) or []
        except (NotFoundError, UnavailableError) as error:
            # The queue is being made anew or restarted: main_app declares it, we come back.
            log.info("%s", error)
            await self._close()
            await self._unless_stopping(asyncio.sleep(_AGAIN_S))
            return []

    async def _close(self) -> None:
        if self._receiver is not None:
            await self._receiver.close()
        self._receiver = None

    async def _unless_stopping(self, awaitable: Awaitable[Any]) -> Any:
        waiting = asyncio.ensure_future(awaitable)
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if waiting.done():
            return waiting.result()
        waiting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await waiting
        return None
