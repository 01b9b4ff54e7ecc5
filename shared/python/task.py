"""One command being carried out: its child process, its progress, and the lease that must not run out."""

import asyncio
import contextlib
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

from shared.python.bus import LEASE_S, Bus, Delivery
from shared.python.child import Child
from shared.python.messages import Command, Envelope, JobProgressed, progress_subject, wrap

R = TypeVar("R")

_SIGN_S = LEASE_S / 3
_PROGRESS_S = 1.0


class LeaseLostError(Exception):
    """The lease ran out while the work went on: whatever comes of it is not ours to tell any more."""


class Task:
    """What the handler of a command may use.

    Attributes
    ----------
    attempt
        main_app's count of how often the job was sent.
    """

    def __init__(
        self, bus: Bus, service: str, envelope: Envelope, command: Command, child: Child, delivery: Delivery
    ) -> None:
        self._bus, self._service, self._child, self._delivery = bus, service, child, delivery
        self.job_id, self.attempt = command.job_id, envelope.attempt
        self._fraction = 0.0
        self._told_at_s = -_PROGRESS_S

    async def call(self, function: str, *arguments: Any, timeout_s: float, reports: bool = False) -> Any:
        """Run ``module:function`` in the slot's child process; see `Child.call`.

        With `reports`, the function takes a keyword argument ``report(fraction, url=None)``, and what it
        reports is sent on as the job's progress.
        """
        report = self.progress if reports else None
        return await self._child.call(function, *arguments, timeout_s=timeout_s, report=report)

    async def progress(self, fraction: float, frame_url: str | None = None) -> None:
        """Tell whoever listens how far the job is, with an intermediate result where there is one.

        Without one at most once a second: what is held back comes with the next sign of life.
        """
        self._fraction = min(1.0, max(0.0, fraction))
        now_s = time.monotonic()
        if frame_url is None and now_s - self._told_at_s < _PROGRESS_S:
            return
        self._told_at_s = now_s
        sign = JobProgressed(
            job_id=self.job_id,
            attempt=self.attempt,
            delivery=self._delivery.n_deliveries,
            fraction=self._fraction,
            frame_url=frame_url,
        )
        subject = progress_subject(self._service, self.job_id)
        envelope = wrap(sign, source=self._service, subject=subject, idempotency_key=self.job_id)
        await self._bus.broadcast(subject, envelope.encode())

    async def while_on_lease(self, work: Coroutine[Any, Any, R]) -> R:
        """Do `work` and keep the lease meanwhile.

        Raises
        ------
        LeaseLostError
            When the lease ran out all the same, because this process stood still (frozen, or starved of
            processor time); `work` was stopped.
        """
        working = asyncio.create_task(work)
        living = asyncio.create_task(self._show_life())
        try:
            await asyncio.wait({working, living}, return_when=asyncio.FIRST_COMPLETED)
            if not self._delivery.is_lost:
                return await working
        finally:
            for task in (working, living):
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await living
            # What was to be stopped shall have stopped, its child too, before the next command is taken.
            await asyncio.wait({working})
        if not working.cancelled():
            working.exception()  # was looked at: it is not ours to tell either
        raise LeaseLostError(self.job_id)

    async def _show_life(self) -> None:
        """Keep the lease and say so, until it is lost."""
        while not self._delivery.is_lost:
            await self.progress(self._fraction)
            await asyncio.sleep(min(_SIGN_S, self._delivery.lease_s / 3))
            await self._delivery.extend()
