"""Watches what goes on, once for each web process, and tells everybody who listens.

The truth is asked of the database, so that it does not matter which process changed it, or through which a
browser is connected. Only the frames of a layout in the making come from the queue: they are lossy, and
without the queue there are simply none.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextvars import Context
from datetime import datetime, timedelta

from django.db import DatabaseError
from django.db.models import Q
from django.utils import timezone
from ninja import Schema

from services.main_app.api.described import describe_maps, describe_run, latest_runs, maps, runs
from services.main_app.api.schemas import FrameOut
from services.main_app.jobs.bus import get_bus_settings
from services.main_app.jobs.database import in_database
from services.main_app.maps.frames import Frame
from services.main_app.maps.models import Layout
from services.main_app.pipelines.models import Run
from shared.python.bus import Bus
from shared.python.errors import ConfigError, CorruptError, DeniedError
from shared.python.messages import JobProgressed, decode

_BUSY_S, _IDLE_S = 0.5, 1.0
_ALIVE_S = 15.0
_OVERLAP = timedelta(seconds=10)
"""A change may be committed this long after the time that it bears, and still be noticed."""
_WAITING_EVENTS = 1000

log = logging.getLogger(__name__)


class EventHub:
    """Everybody who listens in this process, and the one task that watches for them."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[str | None]] = set()
        self._watching: asyncio.Task[None] | None = None
        self._told: dict[tuple[str, int], str] = {}
        self._is_closing = False

    def close_soon(self) -> None:
        """End all streams within a moment: the server is shutting down. Safe to call in a signal handler."""
        self._is_closing = True

    async def listen(self) -> AsyncIterator[str]:
        """Give events as they go over the wire: first how everything stands, then what changes."""
        queue: asyncio.Queue[str | None] = asyncio.Queue(_WAITING_EVENTS)
        self._listeners.add(queue)
        if self._watching is None:
            # Not in the request's context, which ends before the watching does, and its database thread too.
            self._watching = asyncio.create_task(self._watch(), context=Context())
        try:
            for event in await in_database(lambda: [text for _, text in _everything()]):
                yield event
            while (next_event := await _next(queue)) is not None:
                yield next_event
        finally:
            self._listeners.discard(queue)
            if not self._listeners:
                self._watching.cancel()
                self._watching, self._told = None, {}

    async def _watch(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._watch_database())
            tasks.create_task(self._watch_frames())

    async def _watch_database(self) -> None:
        since = timezone.now() - _OVERLAP
        is_busy = True
        while not self._is_closing:
            began = timezone.now()
            try:
                changes, is_busy = await in_database(_changes, since)
            except DatabaseError as error:
                log.warning("the database did not answer (%r); asking again", error)
            else:
                since = began - _OVERLAP
                for key, text in changes:
                    if self._told.get(key) != text:
                        self._told[key] = text
                        self._tell(text)
            await asyncio.sleep(_BUSY_S if is_busy else _IDLE_S)
        self._tell(None)

    async def _watch_frames(self) -> None:
        try:
            bus = await Bus.connect(get_bus_settings())
            try:
                await bus.subscribe("progress.>", self._on_progress)
                await bus.unless_refused(asyncio.Event().wait())
            finally:
                await bus.close()
        except (ConfigError, DeniedError) as error:
            log.error("layouts in the making cannot be shown: %s", error.message)

    async def _on_progress(self, _subject: str, body: bytes) -> None:
        try:
            message = decode(body).message
        except CorruptError as error:
            log.warning("a progress message that cannot be read: %s", error)
            return
        if isinstance(message, JobProgressed) and message.frame_url is not None:
            text = await in_database(_frame, message.job_id, message.frame_url, message.fraction)
            if text is not None:
                self._tell(text)

    def _tell(self, text: str | None) -> None:
        for queue in self._listeners:
            if queue.full():
                # Whoever cannot follow is let go; the browser connects again and is told how things stand.
                while not queue.empty():
                    queue.get_nowait()
                text = None
            queue.put_nowait(text)


hub = EventHub()


async def _next(queue: asyncio.Queue[str | None]) -> str | None:
    try:
        async with asyncio.timeout(_ALIVE_S):
            return await queue.get()
    except TimeoutError:
        return ": still here\n\n"


Told = tuple[tuple[str, int], str]


def _everything() -> Iterator[Told]:
    for run in latest_runs():
        yield ("run", run.pk), _event("run", describe_run(run))
    for sound_map in describe_maps(maps()):
        yield ("map", sound_map.id), _event("map", sound_map)


def _changes(since: datetime) -> tuple[list[Told], bool]:
    """Give what may have changed, and whether anything is going on."""
    # The counts of a run that is not over come from its items, which do not touch the run.
    changed_runs = list(runs().filter(Q(changed_at__gte=since) | ~Q(state__in=Run.FINAL_STATES)))
    told: list[Told] = [(("run", run.pk), _event("run", describe_run(run))) for run in changed_runs]
    changed_maps = describe_maps(maps().filter(changed_at__gte=since))
    told += [(("map", sound_map.id), _event("map", sound_map)) for sound_map in changed_maps]
    return told, any(run.state not in Run.FINAL_STATES for run in changed_runs)


def _frame(job_id: str, frame_url: str, fraction: float) -> str | None:
    layout = Layout.objects.filter(job_id=job_id, state=Layout.State.BUILDING).first()
    if layout is None:
        return None
    token = Frame(layout_id=layout.pk, url=frame_url).token
    frame = FrameOut(map_id=layout.sound_map_id, layout_id=layout.pk, frame=token, fraction=fraction)
    return _event("frame", frame)


def _event(name: str, data: Schema) -> str:
    return f"event: {name}\ndata: {data.model_dump_json()}\n\n"
