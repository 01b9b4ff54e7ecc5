"""Rings when something has been decided, so that whoever acts on it need not look all the time.

It is a hint and may get lost: whoever listens looks from time to time all the same. Deciding happens in
threads without an event loop (requests, scans), so each process that rings has a thread of its own for it.
"""

import asyncio
import contextlib
import logging
import threading
from typing import Self

from services.main_app.jobs.bus import get_bus_settings
from shared.python.bus import Bus
from shared.python.errors import ConfigError, DeniedError
from shared.python.messages import wake_subject

PUBLISHER, SYNC = "publisher", "sync"

log = logging.getLogger(__name__)


class Doorbell:
    """Rings for other processes, from any thread and without waiting."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pressed: set[str] = set()
        self._is_pressed = asyncio.Event()

    def ring(self, process: str) -> None:
        """Ring once for a process; rings that follow each other closely may become one."""
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                thread = threading.Thread(
                    target=self._serve, args=(self._loop,), name="doorbell", daemon=True
                )
                thread.start()
        self._loop.call_soon_threadsafe(self._press, process)

    def _press(self, process: str) -> None:
        # However often somebody rings while the queue is away: only for whom is kept.
        self._pressed.add(process)
        self._is_pressed.set()

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            loop.run_until_complete(self._pass_on())
        except (ConfigError, DeniedError) as error:
            log.error("nobody is woken, so all work begins a little later: %s", error.message)
            loop.run_forever()  # whoever presses it shall find a loop

    async def _pass_on(self) -> None:
        bus = await Bus.connect(get_bus_settings())
        while True:
            await self._is_pressed.wait()
            self._is_pressed.clear()
            processes, self._pressed = self._pressed, set()
            for process in processes:
                await bus.broadcast(wake_subject(process), b"")


_doorbell = Doorbell()


def ring_publisher() -> None:
    """Wake the publisher: there is something in the outbox, or there is room for it."""
    _doorbell.ring(PUBLISHER)


def ring_sync() -> None:
    """Wake the sync process: there is a source to be scanned, or it can be now."""
    _doorbell.ring(SYNC)


class Listener:
    """Hears who rings for a process. Open it with `Listener.open`."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    @classmethod
    async def open(cls, bus: Bus, process: str) -> Self:
        listener = cls()
        await bus.subscribe(wake_subject(process), listener._hear)
        return listener

    async def _hear(self, _subject: str, _body: bytes) -> None:
        self._rung.set()

    def forget(self) -> None:
        """Forget the rings until now: what they tell of is about to be looked at."""
        self._rung.clear()

    async def wait(self, *, at_most_s: float) -> None:
        """Wait until somebody rings, or has rung since `forget`; or as long as nobody does."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(at_most_s):
                await self._rung.wait()
