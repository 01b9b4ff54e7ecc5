"""Rings when something has been decided, so that whoever acts on it need not look all the time.

It is a hint and may get lost: whoever listens looks from time to time all the same. Deciding happens in
threads without an event loop (requests, scans), so each process that rings has a thread of its own for it.
"""

import asyncio
import logging
import threading

from services.main_app.jobs.bus import get_bus_settings
from shared.python.bus import Bus
from shared.python.errors import ConfigError, DeniedError
from shared.python.messages import wake_subject

PUBLISHER = "publisher"

log = logging.getLogger(__name__)


class Doorbell:
    """One subject on which this process can ring, from any thread and without waiting."""

    def __init__(self, process: str) -> None:
        self._subject = wake_subject(process)
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pressed = asyncio.Event()

    def ring(self) -> None:
        """Ring once; rings that follow each other closely may become one."""
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                thread = threading.Thread(
                    target=self._serve, args=(self._loop,), name="doorbell", daemon=True
                )
                thread.start()
        self._loop.call_soon_threadsafe(self._pressed.set)

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            loop.run_until_complete(self._pass_on())
        except (ConfigError, DeniedError) as error:
            log.error("nobody is woken, so all work begins a little later: %s", error.message)
            loop.run_forever()  # whoever presses it shall find a loop

    async def _pass_on(self) -> None:
        bus = await Bus.connect(get_bus_settings())
        while True:
            await self._pressed.wait()
            self._pressed.clear()
            await bus.broadcast(self._subject, b"")


_publisher = Doorbell(PUBLISHER)


def ring_publisher() -> None:
    """Wake the publisher: there is something in the outbox, or there is room for it."""
    _publisher.ring()
