"""Least privilege, with a real server: what each user may do, and that it may do nothing else."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StreamConfig

from shared.python.bus import Bus
from shared.python.bus_permissions import (
    MAIN_APP,
    Permissions,
    authorization,
    inbox_prefix,
    main_app_permissions,
    service_permissions,
)
from shared.python.bus_settings import BusSettings
from shared.python.errors import DeniedError
from shared.python.messages import CancelJobs, wrap
from shared.python.testing import QueueServer

LISTENER, OTHER = "listener", "other"
STREAMS = (
    ("CMD", RetentionPolicy.WORK_QUEUE),
    ("EVT", RetentionPolicy.LIMITS),
    ("DEAD", RetentionPolicy.LIMITS),
)
CONSUMERS = (
    ("CMD", "listener_bulk", "cmd.listener.bulk"),
    ("CMD", "listener_interactive", "cmd.listener.interactive"),
    ("CMD", "other_bulk", "cmd.other.bulk"),
    ("EVT", MAIN_APP, "evt.>"),
    ("DEAD", MAIN_APP, "dead.>"),
)
USERS = {
    MAIN_APP: main_app_permissions(),
    LISTENER: service_permissions(LISTENER),
    OTHER: service_permissions(OTHER),
}


def block(users: dict[str, Permissions]) -> str:
    text = authorization((name, json.dumps(f"{name}-password"), rights) for name, rights in users.items())
    return text.removeprefix("authorization ")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[QueueServer]:
    server = QueueServer(tmp_path, authorization=block(USERS))
    server.start()
    yield server
    server.stop()


def url(server: QueueServer, user: str) -> str:
    return server.url.replace("nats://", f"nats://{user}:{user}-password@")


async def connect(server: QueueServer, user: str) -> Bus:
    return await Bus.connect(BusSettings(servers=(url(server, user),), name=user))


@pytest.fixture
async def main_app(server: QueueServer) -> AsyncIterator[Bus]:
    bus = await connect(server, MAIN_APP)
    for name, retention in STREAMS:
        await bus.jetstream.add_stream(
            StreamConfig(name=name, subjects=[f"{name.lower()}.>"], retention=retention, duplicate_window=60)
        )
    for stream, name, subject in CONSUMERS:
        config = ConsumerConfig(
            durable_name=name, filter_subject=subject, ack_policy=AckPolicy.EXPLICIT, ack_wait=5
        )
        await bus.jetstream.add_consumer(stream, config)
    yield bus
    await bus.close()


async def test_a_service_may_do_all_that_its_work_needs(server: QueueServer, main_app: Bus) -> None:
    bus = await connect(server, LISTENER)
    cancelled: asyncio.Queue[str] = asyncio.Queue()

    async def on_cancel(subject: str, _body: bytes) -> None:
        await cancelled.put(subject)

    async def work() -> None:
        await bus.subscribe("cancel.listener", on_cancel)
        await bus.require(service_permissions(LISTENER))  # its answer shows that the subscription is there
        await main_app.broadcast("cancel.listener", b"stop")
        assert await asyncio.wait_for(cancelled.get(), 10) == "cancel.listener"
        for lane in ("bulk", "interactive"):
            await main_app.publish_bytes(f"cmd.listener.{lane}", b"command", idempotency_key=lane)
            receiver = await bus.open_receiver("CMD", f"listener_{lane}")
            [delivery] = await receiver.receive(wait_s=5)
            await delivery.extend()
            await delivery.give_back(delay_s=0)
            [delivery] = await receiver.receive(wait_s=5)
            await bus.broadcast("progress.listener.job", b"half")
            await bus.publish_bytes(
                f"dead.cmd.listener.{lane}",
                b"command",
                idempotency_key=f"dead-{lane}",
                headers={"Reason": "it"},
            )
            await bus.publish_bytes("evt.listener.job_failed", b"event", idempotency_key=f"event-{lane}")
            await delivery.finish()

    await asyncio.wait_for(bus.unless_refused(work()), 60)
    await bus.close()
    left = {name: (await main_app.jetstream.stream_info(name)).state.messages for name, _ in STREAMS}
    assert left == {"CMD": 0, "EVT": 2, "DEAD": 2}


async def test_main_app_may_do_all_that_it_needs(server: QueueServer, main_app: Bus) -> None:
    service = await connect(server, LISTENER)
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def hear(subject: str, _body: bytes) -> None:
        await heard.put(subject)

    async def work() -> None:
        for subject in ("progress.>", "wake.publisher"):
            await main_app.subscribe(subject, hear)
        await main_app.require(main_app_permissions())  # its answer shows that the subscriptions are there
        await service.broadcast("progress.listener.job", b"half")
        assert await asyncio.wait_for(heard.get(), 10) == "progress.listener.job"
        await main_app.broadcast("wake.publisher", b"")
        assert await asyncio.wait_for(heard.get(), 10) == "wake.publisher"
        sequence = await main_app.publish_bytes("cmd.listener.bulk", b"command", idempotency_key="c")
        assert (await main_app.jetstream.get_msg("CMD", sequence)).data == b"command"
        await main_app.jetstream.delete_msg("CMD", sequence)
        await main_app.jetstream.account_info()
        await service.publish_bytes("evt.listener.job_failed", b"event", idempotency_key="e")
        await service.publish_bytes(
            "dead.cmd.listener.bulk", b"command", idempotency_key="d", headers={"Reason": "it"}
        )
        for stream in ("EVT", "DEAD"):
            receiver = await main_app.open_receiver(stream, MAIN_APP)
            [delivery] = await receiver.receive(wait_s=5)
            await delivery.extend()
            await delivery.finish()
        assert delivery.headers["Reason"] == "it"

    await asyncio.wait_for(main_app.unless_refused(work()), 60)
    await service.close()


def publishing(subject: str) -> Callable[[Client], Awaitable[object]]:
    return lambda client: client.publish(subject, b"forged", reply="_INBOX.nobody")


def subscribing(subject: str) -> Callable[[Client], Awaitable[object]]:
    return lambda client: client.subscribe(subject)


FORBIDDEN = [
    (LISTENER, publishing("cmd.listener.bulk")),  # not even to itself
    (LISTENER, publishing("cmd.other.bulk")),
    (LISTENER, publishing("evt.other.job_failed")),
    (LISTENER, publishing("progress.other.job")),
    (LISTENER, publishing("dead.cmd.other.bulk")),
    (LISTENER, publishing("cancel.other")),
    (LISTENER, publishing("cancel.listener")),
    (LISTENER, publishing("wake.publisher")),
    (LISTENER, publishing("$JS.API.CONSUMER.MSG.NEXT.CMD.other_bulk")),
    (LISTENER, publishing("$JS.API.CONSUMER.INFO.CMD.other_bulk")),
    (LISTENER, publishing("$JS.API.CONSUMER.MSG.NEXT.EVT.main_app")),
    (LISTENER, publishing("$JS.ACK.CMD.other_bulk.1.1.1.1.1")),
    (LISTENER, publishing("$JS.API.CONSUMER.CREATE.CMD.mine")),
    (LISTENER, publishing("$JS.API.CONSUMER.DELETE.CMD.listener_bulk")),
    (LISTENER, publishing("$JS.API.STREAM.DELETE.CMD")),
    (LISTENER, publishing("$JS.API.STREAM.PURGE.CMD")),
    (LISTENER, publishing("$JS.API.STREAM.MSG.GET.CMD")),
    (LISTENER, publishing("$JS.API.STREAM.INFO.CMD")),
    (LISTENER, publishing(f"{inbox_prefix(OTHER)}.x")),
    (LISTENER, subscribing("cmd.>")),
    (LISTENER, subscribing("evt.>")),
    (LISTENER, subscribing("progress.>")),
    (LISTENER, subscribing("cancel.other")),
    (LISTENER, subscribing(f"{inbox_prefix(OTHER)}.>")),
    (LISTENER, subscribing("_INBOX.>")),
    (LISTENER, subscribing(">")),
    (MAIN_APP, publishing("evt.listener.job_failed")),
    (MAIN_APP, publishing("progress.listener.job")),
    (MAIN_APP, subscribing("cmd.>")),
    (MAIN_APP, subscribing(f"{inbox_prefix(LISTENER)}.>")),
]


async def test_everything_else_is_denied(server: QueueServer, main_app: Bus) -> None:
    for number, (user, attempt) in enumerate(FORBIDDEN):
        denied: asyncio.Queue[str] = asyncio.Queue()

        async def note(error: Exception, denied: "asyncio.Queue[str]" = denied) -> None:
            await denied.put(str(error))

        client = await nats.connect(url(server, user), inbox_prefix=inbox_prefix(user), error_cb=note)
        await attempt(client)
        try:
            assert "permissions violation" in await asyncio.wait_for(denied.get(), 10)
        except TimeoutError:
            pytest.fail(f"attempt {number}, of {user}, was let through")
        await client.close()
    assert (await main_app.jetstream.stream_info("CMD")).state.messages == 0


@pytest.mark.parametrize("login", ["listener:guessed", "nobody:listener-password", ""])
async def test_a_stranger_is_refused(server: QueueServer, login: str) -> None:
    address = server.url.replace("nats://", f"nats://{login}@") if login else server.url
    with pytest.raises(DeniedError, match="refuses the user or password of listener: check NATS_URL"):
        await asyncio.wait_for(Bus.connect(BusSettings(servers=(address,), name=LISTENER)), 20)


async def test_a_denied_publish_or_pull_is_an_error(server: QueueServer, main_app: Bus) -> None:
    bus = await connect(server, LISTENER)
    with pytest.raises(DeniedError, match=r"cmd\.other\.bulk.*docs/operations/queue\.md"):
        envelope = wrap(CancelJobs(job_ids=()), source="x", subject="cmd.other.bulk", idempotency_key="k")
        await asyncio.wait_for(bus.publish(envelope), 20)
    with pytest.raises(DeniedError, match="other_bulk"):
        await bus.open_receiver("CMD", "other_bulk")
    await bus.close()


async def test_a_denied_subscription_or_broadcast_ends_the_work(server: QueueServer) -> None:
    async def ignore(_subject: str, _body: bytes) -> None:
        pass

    for act, denied in (
        (lambda bus: bus.broadcast("progress.other.job", b"forged"), r"progress\.other\.job"),
        (lambda bus: bus.subscribe("evt.>", ignore), r"evt\.>"),
    ):
        bus = await connect(server, LISTENER)

        async def work(bus: Bus = bus, act: Callable[[Bus], Awaitable[object]] = act) -> None:
            await act(bus)
            await asyncio.Event().wait()

        with pytest.raises(DeniedError, match=denied):
            await asyncio.wait_for(bus.unless_refused(work()), 20)
        await bus.close()


async def test_all_rights_that_are_missing_are_named_at_once(tmp_path: Path) -> None:
    full = service_permissions(LISTENER)
    some = Permissions(
        tuple(subject for subject in full.publish if not subject.startswith(("dead.", "evt."))),
        full.subscribe[1:],
    )
    server = QueueServer(tmp_path, authorization=block({LISTENER: some}))
    server.start()
    bus = await connect(server, LISTENER)
    with pytest.raises(DeniedError) as caught:
        await asyncio.wait_for(bus.require(full), 20)
    for missing in ("publish evt.listener.>", "publish dead.cmd.listener.bulk", "subscribe cancel.listener"):
        assert missing in caught.value.message
    assert "$JS" not in caught.value.message
    await bus.close()
    server.stop()


async def test_a_server_without_users_lets_everybody(tmp_path: Path) -> None:
    server = QueueServer(tmp_path)
    server.start()
    bus = await Bus.connect(BusSettings(servers=(server.url,), name=LISTENER))
    await asyncio.wait_for(bus.require(service_permissions(LISTENER)), 20)
    await bus.close()
    server.stop()


@pytest.mark.parametrize(
    ("granted", "is_enough"),
    [
        ({}, True),
        ({"publish": {"allow": ["evt.a.>"]}}, True),
        ({"publish": {"allow": [">"]}}, True),
        ({"publish": {"allow": ["evt.*.>"]}}, True),
        ({"publish": {"allow": ["evt.>"], "deny": ["evt.b.>"]}}, True),
        ({"publish": {"allow": ["evt.>"], "deny": ["evt.a.secret"]}}, False),
        ({"publish": {"deny": ["evt.a.secret"]}}, False),
        ({"publish": {"allow": []}}, False),
        ({"publish": {"allow": ["evt.a.*"]}}, False),
        ({"publish": {"allow": ["evt.a"]}}, False),
        ({"publish": {"allow": ["evt.a.b.>"]}}, False),
        ({"publish": {"allow": ["evt.b.>"]}}, False),
    ],
)
def test_wildcards_are_understood(granted: dict[str, object], is_enough: bool) -> None:
    assert (Permissions(("evt.a.>",), ()).missing(granted) == []) is is_enough


def start_listener(server: QueueServer) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "shared.python.tests.listener"],
        env=os.environ | {"NATS_URL": url(server, LISTENER)},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )


@pytest.mark.parametrize(
    "withheld",
    ["evt.listener.>", "cancel.listener", "$JS.API.CONSUMER.INFO.CMD.listener_bulk", "$SYS.REQ.USER.INFO"],
)
def test_a_worker_without_a_right_ends_at_its_start_and_names_it(tmp_path: Path, withheld: str) -> None:
    full = service_permissions(LISTENER)
    some = Permissions(*(tuple(s for s in part if s != withheld) for part in (full.publish, full.subscribe)))
    server = QueueServer(tmp_path, authorization=block({LISTENER: some}))
    server.start()
    process = start_listener(server)
    try:
        _, log = process.communicate(timeout=60)
    finally:
        process.kill()
        server.stop()
    assert process.returncode == os.EX_CONFIG, log
    assert withheld.lower() in log.splitlines()[-1].lower()
    assert "Give the user its rights" in log.splitlines()[-1]
    assert "Traceback" not in log


async def test_a_worker_whose_rights_are_withdrawn_ends_too(server: QueueServer, main_app: Bus) -> None:
    process = start_listener(server)
    try:
        receiver = await main_app.open_receiver("EVT", MAIN_APP)
        announced = []
        while not announced:
            announced = await asyncio.wait_for(receiver.receive(wait_s=5), 60)
        rights = Permissions(service_permissions(LISTENER).publish, (f"{inbox_prefix(LISTENER)}.>",))
        server.reconfigure(authorization=block(USERS | {LISTENER: rights}))
        log = (await asyncio.to_thread(process.communicate, timeout=60))[1]
    finally:
        process.kill()
    assert process.returncode == os.EX_CONFIG, log
    assert "cancel.listener" in log.splitlines()[-1]


def test_a_worker_with_a_right_to_everything_ends_when_it_is_asked_to(server: QueueServer) -> None:
    process = start_listener(server)
    lines = []
    assert process.stderr is not None
    while "is ready" not in "".join(lines[-1:]):
        lines.append(process.stderr.readline())
        assert lines[-1], lines
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    process.stderr.close()


async def test_replies_come_on_the_inbox_of_the_user_alone(server: QueueServer, main_app: Bus) -> None:
    client = await nats.connect(url(server, LISTENER))
    with pytest.raises(NatsError):
        await client.request("$JS.API.CONSUMER.INFO.CMD.listener_bulk", timeout=1)
    await client.close()
