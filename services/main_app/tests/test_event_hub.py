"""The stream of events: how things stand, what changes, and layouts in the making."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
from asgiref.sync import sync_to_async

from services.main_app.api import event_hub
from services.main_app.api.event_hub import EventHub
from services.main_app.pipelines.models import Run
from services.main_app.tests.made_maps import add_sounds, begin_layout, lay_out
from shared.python.bus import Bus
from shared.python.bus_settings import BusSettings
from shared.python.messages import JobProgressed, progress_subject, wrap

pytestmark = pytest.mark.django_db(transaction=True)


class Listener:
    """Reads events off the wire."""

    def __init__(self, stream):
        self._stream = stream

    async def next(self, name=None):
        """Give the next event (with this name)."""
        async with asyncio.timeout(10):
            while True:
                kind, data = (await anext(self._stream)).rstrip("\n").split("\n")
                kind, data = kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))
                if name in (None, kind):
                    return kind, data


@asynccontextmanager
async def listening(hub):
    stream = hub.listen()
    try:
        yield Listener(stream)
    finally:
        await stream.aclose()


@pytest.fixture
def hub(settings, queue_server):
    settings.NATS_URL = queue_server.url
    return EventHub()


async def test_at_first_it_tells_how_everything_stands(hub, run):
    async with listening(hub) as events:
        kind, data = await events.next()
        assert (kind, data["id"], data["state"]) == ("run", run.pk, "scanning")
        kind, data = await events.next()
        assert (kind, data["run_id"], data["layout_id"]) == ("map", run.pk, None)


async def test_a_change_of_a_run_is_told(hub, run):
    async with listening(hub) as events:
        await events.next("run")
        await sync_to_async(lambda: Run.objects.filter(pk=run.pk).update(found=7))()
        while (await events.next("run"))[1]["found"] != 7:
            pass


async def test_what_has_not_changed_is_told_once(hub, run, monkeypatch):
    monkeypatch.setattr(event_hub, "_BUSY_S", 0.01)
    async with listening(hub) as events:
        for _ in range(4):  # how things stand, and the first look of the one who watches
            await events.next()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(events.next(), 0.5)


async def test_a_new_layout_is_told(hub, source, run, blobs):
    await sync_to_async(add_sounds)(source, blobs, n=5)
    async with listening(hub) as events:
        await events.next("map")
        layout = await sync_to_async(lay_out)(source, run_id=run.pk)
        while True:
            _, data = await events.next("map")
            if data["clusters"]:
                break
        assert (data["layout_id"], data["n_points"]) == (layout.pk, 5)


async def test_a_frame_is_told_with_a_token_that_opens_it(
    hub, source, run, blobs, queue_server, async_client
):
    await sync_to_async(add_sounds)(source, blobs, n=5)
    layout = await sync_to_async(begin_layout)(source, run_id=run.pk, job_id="j1")
    matrix = await sync_to_async(blobs.get_array)(layout.matrix_url)
    frame_url = blobs.put_array("frames/1.npy", matrix[:, :2])
    bus = await Bus.connect(BusSettings(servers=(queue_server.url,), name="test"))
    try:
        async with listening(hub) as events:
            await events.next()
            told = asyncio.ensure_future(events.next("frame"))
            while not told.done():  # lossy: until the hub is connected, nobody hears
                for job_id in ("j1", "unknown"):
                    message = JobProgressed(job_id=job_id, attempt=1, fraction=0.4, frame_url=frame_url)
                    subject = progress_subject("umap_service", job_id)
                    envelope = wrap(message, source="t", subject=subject, idempotency_key="k")
                    await bus.broadcast(subject, envelope.encode())
                await bus.broadcast("progress.umap_service.j1", b"no message")
                await asyncio.sleep(0.1)
            _, frame = told.result()
    finally:
        await bus.close()
    assert (frame["map_id"], frame["layout_id"], frame["fraction"]) == (source.sound_map.pk, layout.pk, 0.4)
    points = await async_client.get(
        f"/api/v1/maps/{frame['map_id']}/points?layout={frame['layout_id']}&frame={frame['frame']}"
    )
    assert points.status_code == 200
    assert int.from_bytes(points.content[4:8], "little") == 5


async def test_it_goes_on_without_the_queue(hub, run, queue_server):
    queue_server.kill()
    async with listening(hub) as events:
        await events.next("run")
        await sync_to_async(lambda: Run.objects.filter(pk=run.pk).update(found=3))()
        while (await events.next("run"))[1]["found"] != 3:
            pass
        queue_server.start()


async def test_silence_is_broken_by_a_comment(hub, run, monkeypatch):
    monkeypatch.setattr(event_hub, "_ALIVE_S", 0.05)
    stream = hub.listen()
    async with asyncio.timeout(10):
        while not (await anext(stream)).startswith(":"):
            pass
    await stream.aclose()


async def test_streams_end_when_the_server_ends(hub, run):
    stream = hub.listen()
    await anext(stream)
    hub.close_soon()
    async with asyncio.timeout(10):
        assert [event async for event in stream][-1].startswith("event: ")


async def test_the_last_listener_ends_the_watching(hub, run):
    async with listening(hub) as first:
        await first.next()
        async with listening(hub) as second:
            await second.next()
        await first.next("run")
        assert hub._watching is not None
    assert hub._watching is None


async def test_whoever_cannot_follow_is_let_go(hub, run, monkeypatch):
    monkeypatch.setattr(event_hub, "_WAITING_EVENTS", 2)
    stream = hub.listen()
    await anext(stream)
    for number in range(5):
        hub._tell(f"event: {number}\ndata: {{}}\n\n")
    async with asyncio.timeout(10):
        rest = [event async for event in stream]
    assert not any("event: 4" in event for event in rest)
