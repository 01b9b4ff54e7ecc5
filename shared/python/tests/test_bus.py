import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StreamConfig

from shared.python.bus import Bus
from shared.python.bus_settings import BusSettings
from shared.python.errors import ConfigError, DeniedError, NotFoundError
from shared.python.messages import CancelJobs, Envelope, decode, wrap
from shared.python.testing import QueueServer

SUBJECT = "cmd.listener.bulk"


@pytest.fixture
async def bus(queue_server: QueueServer) -> AsyncIterator[Bus]:
    bus = await Bus.connect(BusSettings(servers=(queue_server.url,), name="test"))
    yield bus
    await bus.close()


async def declare(bus: Bus, *, lease_s: float = 2.0) -> None:
    stream = StreamConfig(
        name="CMD", subjects=["cmd.>"], retention=RetentionPolicy.WORK_QUEUE, duplicate_window=60
    )
    await bus.jetstream.add_stream(stream)
    consumer = ConsumerConfig(
        durable_name="listener_bulk", filter_subject=SUBJECT, ack_policy=AckPolicy.EXPLICIT, ack_wait=lease_s
    )
    await bus.jetstream.add_consumer("CMD", consumer)


def message(key: str) -> Envelope:
    return wrap(CancelJobs(job_ids=(key,)), source="test", subject=SUBJECT, idempotency_key=key)


async def test_what_is_published_is_received_and_finished_once(bus: Bus) -> None:
    await declare(bus)
    receiver = await bus.open_receiver("CMD", "listener_bulk")
    sequence = await bus.publish(message("a"))
    [delivery] = await receiver.receive(wait_s=2)
    assert decode(delivery.body).message == CancelJobs(job_ids=("a",))
    assert (delivery.sequence, delivery.n_deliveries, delivery.subject) == (sequence, 1, SUBJECT)
    await delivery.finish()
    assert await receiver.receive(wait_s=0.3) == []
    assert (await bus.jetstream.stream_info("CMD")).state.messages == 0


async def test_the_same_key_is_stored_once(bus: Bus) -> None:
    await declare(bus)
    assert await bus.publish(message("a")) == await bus.publish(message("a"))
    assert (await bus.jetstream.stream_info("CMD")).state.messages == 1


async def test_what_is_given_back_or_forgotten_comes_again(bus: Bus) -> None:
    await declare(bus, lease_s=1.0)
    receiver = await bus.open_receiver("CMD", "listener_bulk")
    await bus.publish(message("a"))
    [first] = await receiver.receive(wait_s=2)
    await first.give_back(delay_s=0.1)
    [second] = await receiver.receive(wait_s=3)  # and now nobody shows life
    [third] = await receiver.receive(wait_s=5)
    assert [d.n_deliveries for d in (first, second, third)] == [1, 2, 3]


async def test_signs_of_life_keep_the_lease(bus: Bus) -> None:
    await declare(bus, lease_s=1.0)
    receiver = await bus.open_receiver("CMD", "listener_bulk")
    await bus.publish(message("a"))
    [delivery] = await receiver.receive(wait_s=2)
    for _ in range(6):
        await asyncio.sleep(0.4)
        await delivery.extend()
    assert await receiver.receive(wait_s=0.2) == []


async def test_a_receiver_says_when_its_consumer_is_gone(bus: Bus) -> None:
    with pytest.raises(NotFoundError, match="listener_bulk"):
        await bus.open_receiver("CMD", "listener_bulk")
    await declare(bus)
    receiver = await bus.open_receiver("CMD", "listener_bulk")
    await bus.jetstream.delete_stream("CMD")
    with pytest.raises(NotFoundError):
        await receiver.receive(wait_s=0.5)


async def test_publishing_outlives_a_server_that_was_killed(bus: Bus, queue_server: QueueServer) -> None:
    await declare(bus)
    queue_server.kill()
    publishing = asyncio.create_task(bus.publish(message("a")))
    await asyncio.sleep(0.5)
    assert not publishing.done()
    queue_server.start()
    assert await asyncio.wait_for(publishing, 30) >= 1
    receiver = await bus.open_receiver("CMD", "listener_bulk")
    assert len(await receiver.receive(wait_s=3)) == 1


async def test_broadcasts_reach_whoever_listens(bus: Bus) -> None:
    heard: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()

    async def hear(subject: str, body: bytes) -> None:
        await heard.put((subject, body))

    await bus.subscribe("progress.>", hear)
    await bus.broadcast("progress.listener.1", b"hello")
    assert await asyncio.wait_for(heard.get(), 5) == ("progress.listener.1", b"hello")


async def test_a_wrong_password_is_said_and_not_tried_for_ever(tmp_path: Path) -> None:
    server = QueueServer(tmp_path, authorization="{ user: somebody, password: right }")
    server.start()
    wrong = server.url.replace("nats://", "nats://somebody:wrong@")
    with pytest.raises(DeniedError, match="NATS_URL"):
        await asyncio.wait_for(Bus.connect(BusSettings(servers=(wrong,), name="test")), 20)
    server.stop()


async def test_a_denied_subject_is_said_and_not_tried_for_ever(tmp_path: Path) -> None:
    permissions = '{ publish: ["$JS.API.>"], subscribe: ["_INBOX.>"] }'
    users = f"{{ users: [{{ user: a, password: b, permissions: {permissions} }}] }}"
    server = QueueServer(tmp_path, authorization=users)
    server.start()
    settings = BusSettings(servers=(server.url.replace("nats://", "nats://a:b@"),), name="listener")
    bus = await Bus.connect(settings)
    await declare(bus)
    with pytest.raises(DeniedError, match=SUBJECT):
        await asyncio.wait_for(bus.publish(message("a")), 20)
    await bus.close()
    server.stop()


def test_the_url_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NATS_URL", "nats://a:1, nats://b:2")
    assert BusSettings.from_environment("me") == BusSettings(servers=("nats://a:1", "nats://b:2"), name="me")
    monkeypatch.delenv("NATS_URL")
    with pytest.raises(ConfigError, match="NATS_URL"):
        BusSettings.from_environment("me")
