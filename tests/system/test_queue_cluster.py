"""Three servers, three replicas: the leader of the commands is killed again and again, and nothing is lost.

Nobody sends anything twice here, as the reconciler would: what the queue has said to be stored has to arrive.
The seed stands in the test's name; ``CHAOS_SEED=… pytest tests/system/test_queue_cluster.py`` pauses as long.
"""

import asyncio
import contextlib
import json
import logging
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from nats.errors import Error as NatsError

from services.main_app.jobs.topology import declare
from shared.python.bus import Bus
from shared.python.bus_permissions import (
    MAIN_APP,
    authorization,
    main_app_permissions,
    service_permissions,
)
from shared.python.bus_settings import BusSettings
from shared.python.errors import NotFoundError, UnavailableError
from shared.python.messages import (
    STREAM_COMMANDS,
    STREAM_EVENTS,
    ClusterSounds,
    ServiceAnnounced,
    command_subject,
    decode,
    wrap,
)
from shared.python.models import Lane
from shared.python.testing import QueueServer
from shared.python.tests.listener import NAME

log = logging.getLogger(__name__)

N_SERVERS, N_KILLS, N_WORKERS, N_SENDERS = 3, 8, 2, 4
USERS = authorization(
    [(MAIN_APP, MAIN_APP, main_app_permissions()), (NAME, NAME, service_permissions(NAME))]
).removeprefix("authorization ")
SEED = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(1_000_000))
SUBJECT = command_subject(NAME, Lane.BULK)


class Cluster:
    """Servers that know each other. Their stores survive them."""

    def __init__(self, directory: Path) -> None:
        first = random.Random(os.getpid()).randrange(24000, 28000)
        routes = ", ".join(f'"nats://127.0.0.1:{first + n}"' for n in range(N_SERVERS))
        self.servers: dict[str, QueueServer] = {}
        for n in range(N_SERVERS):
            own = directory / f"server-{n}"
            own.mkdir()
            block = f'cluster {{ name: test, listen: "127.0.0.1:{first + n}", routes: [{routes}] }}'
            self.servers[f"server-{n}"] = QueueServer(
                own, authorization=USERS, more=f"server_name: server-{n}\n{block}"
            )
        for server in self.servers.values():
            server.start()

    def urls(self, user: str) -> tuple[str, ...]:
        return tuple(server.url.replace("//", f"//{user}:{user}@") for server in self.servers.values())

    def stop(self) -> None:
        for server in self.servers.values():
            server.stop()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path)
    yield cluster
    cluster.stop()


@pytest.fixture
async def bus(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bus]:
    monkeypatch.setenv("NATS_REPLICAS", str(N_SERVERS))
    bus = await Bus.connect(BusSettings(servers=cluster.urls(MAIN_APP), name=MAIN_APP))
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(NatsError):
                await declare(bus.jetstream, services=[NAME])
                break
            await asyncio.sleep(0.5)  # the servers have not found each other yet
    yield bus
    await bus.close()


@pytest.fixture
def workers(cluster: Cluster) -> Iterator[list[subprocess.Popen[bytes]]]:
    # They are told of one server, and find the others: their login must hold there too.
    environment = os.environ | {"NATS_URL": cluster.urls(NAME)[0]}
    command = [sys.executable, "-m", "shared.python.tests.listener"]
    workers = [subprocess.Popen(command, env=environment) for _ in range(N_WORKERS)]
    yield workers
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.wait(30)


async def leader(bus: Bus) -> str:
    """Ask, until there is one, which server leads the commands."""
    while True:
        with contextlib.suppress(NatsError):
            information = await bus.jetstream.stream_info(STREAM_COMMANDS)
            if information.cluster is not None and information.cluster.leader:
                return information.cluster.leader
        await asyncio.sleep(0.1)


class Traffic:
    """Commands that are sent as fast as the queue takes them, and the events that come back."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.is_over = False
        self.sent: list[str] = []
        self.done: Counter[str] = Counter()
        self.longest_gap_s = 0.0
        self._stored_at_s = time.monotonic()

    async def send(self, sender: int) -> None:
        number = 0
        while not self.is_over:
            number += 1
            job_id = f"{sender}-{number}"
            command = ClusterSounds(job_id=job_id, layout_url="pid", output_prefix="x")
            await self._bus.publish(
                wrap(command, source=MAIN_APP, subject=SUBJECT, idempotency_key=f"{job_id}:1")
            )
            self.sent.append(job_id)
            now_s = time.monotonic()
            self.longest_gap_s = max(self.longest_gap_s, now_s - self._stored_at_s)
            self._stored_at_s = now_s
            await asyncio.sleep(0.05)

    async def listen(self) -> None:
        while not (self.is_over and set(self.sent) <= self.done.keys()):
            with contextlib.suppress(NotFoundError, UnavailableError):
                receiver = await self._bus.open_receiver(STREAM_EVENTS, MAIN_APP)
                for delivery in await receiver.receive(limit=100, wait_s=1):
                    event = decode(delivery.body)
                    if not isinstance(event.message, ServiceAnnounced):
                        self.done[event.job_id] += 1
                    await delivery.finish()
                await receiver.close()


@pytest.mark.parametrize("seed", [SEED])
@pytest.mark.timeout(900)
async def test_a_killed_leader_loses_nothing(
    cluster: Cluster, bus: Bus, workers: list[subprocess.Popen[bytes]], seed: int
) -> None:
    pause_s = random.Random(seed)
    traffic = Traffic(bus)
    senders = [asyncio.create_task(traffic.send(number)) for number in range(N_SENDERS)]
    listening = asyncio.create_task(traffic.listen())
    began_s, killed = time.monotonic(), []
    await asyncio.sleep(3)
    for _ in range(N_KILLS):
        victim = await asyncio.wait_for(leader(bus), 120)
        cluster.servers[victim].kill()
        killed.append(victim)
        await asyncio.sleep(pause_s.uniform(1, 4))
        await asyncio.to_thread(cluster.servers[victim].start)
        n_sent = len(traffic.sent)
        async with asyncio.timeout(120):
            while len(traffic.sent) < n_sent + 20:  # it works again
                await asyncio.sleep(0.1)
        await asyncio.sleep(pause_s.uniform(1, 4))
    traffic.is_over = True
    await asyncio.wait_for(asyncio.gather(*senders), 120)
    async with asyncio.timeout(300):
        await listening
    figures = {
        "sent": len(traffic.sent),
        "delivered_again": sum(n > 1 for n in traffic.done.values()),
        "lost": len(set(traffic.sent) - traffic.done.keys()),
        "kills": len(killed),
        "longest_gap_s": round(traffic.longest_gap_s, 1),
        "seconds": round(time.monotonic() - began_s),
    }
    log.info("%s", json.dumps(figures))
    assert figures["lost"] == 0
    assert len(killed) == N_KILLS
    assert all(worker.poll() is None for worker in workers)
    assert (await bus.jetstream.stream_info(STREAM_COMMANDS)).state.messages == 0
