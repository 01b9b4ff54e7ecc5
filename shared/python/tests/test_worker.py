import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StreamConfig

from shared.python.bus import Bus, Receiver
from shared.python.bus_settings import BusSettings
from shared.python.messages import (
    CancelJobs,
    ClusterSounds,
    Envelope,
    JobCancelled,
    JobFailed,
    JobProgressed,
    ServiceAnnounced,
    SoundsClustered,
    cancel_subject,
    command_subject,
    consumer_name,
    decode,
    wrap,
)
from shared.python.models import Lane
from shared.python.testing import QueueServer
from shared.python.tests.listener import NAME, SERVICE, SPEC
from shared.python.worker import Worker


class System:
    """A queue as main_app declares it, and a worker of one service."""

    def __init__(self, bus: Bus, server: QueueServer) -> None:
        self.bus, self.server = bus, server
        self._tasks: list[asyncio.Task[None]] = []

    async def declare(self) -> None:
        jetstream = self.bus.jetstream
        await jetstream.add_stream(
            StreamConfig(name="CMD", subjects=["cmd.>"], retention=RetentionPolicy.WORK_QUEUE)
        )
        await jetstream.add_stream(StreamConfig(name="EVT", subjects=["evt.>"]))
        await jetstream.add_stream(StreamConfig(name="DEAD", subjects=["dead.>"]))
        for lane in Lane:
            name, subject = consumer_name(NAME, lane), command_subject(NAME, lane)
            await jetstream.add_consumer(
                "CMD",
                ConsumerConfig(
                    durable_name=name, filter_subject=subject, ack_policy=AckPolicy.EXPLICIT, ack_wait=10
                ),
            )
        await jetstream.add_consumer(
            "EVT", ConsumerConfig(durable_name="main", ack_policy=AckPolicy.EXPLICIT)
        )

    async def start_worker(self) -> Worker:
        bus = await Bus.connect(BusSettings(servers=(self.server.url,), name=NAME))
        worker = Worker(SERVICE, bus)

        async def work() -> None:
            await worker.run()
            await bus.close()

        self._tasks.append(asyncio.create_task(work()))
        return worker

    async def set_lease(self, lease_s: float) -> None:
        """Give the bulk lane another lease; before its worker starts."""
        consumer = ConsumerConfig(
            durable_name=consumer_name(NAME, Lane.BULK),
            filter_subject=command_subject(NAME, Lane.BULK),
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=lease_s,
        )
        await self.bus.jetstream.add_consumer("CMD", consumer)

    def start_process(self) -> subprocess.Popen[bytes]:
        """Start a worker as a process of its own, which can be frozen and killed."""
        command = [sys.executable, "-m", "shared.python.tests.listener"]
        return subprocess.Popen(command, env=os.environ | {"NATS_URL": self.server.url})

    async def send(self, job_id: str, what: str, *, attempt: int = 1) -> None:
        subject = command_subject(NAME, Lane.BULK)
        command = ClusterSounds(job_id=job_id, layout_url=what, output_prefix="x")
        key = f"{job_id}:{attempt}"
        await self.bus.publish(
            wrap(command, source="main_app", subject=subject, idempotency_key=key, attempt=attempt)
        )

    async def next_event(self, *, wait_s: float = 30.0) -> Envelope:
        """Give the next event that is no announcement."""
        receiver: Receiver = await self.bus.open_receiver("EVT", "main")
        while True:
            for delivery in await receiver.receive(wait_s=wait_s):
                await delivery.finish()
                envelope = decode(delivery.body)
                if not isinstance(envelope.message, ServiceAnnounced):
                    await receiver.close()
                    return envelope

    async def n_messages(self, stream: str) -> int:
        return int((await self.bus.jetstream.stream_info(stream)).state.messages)

    async def close(self, workers: list[Worker]) -> None:
        for worker in workers:
            worker.stop()
        await asyncio.wait_for(asyncio.gather(*self._tasks), 20)


@pytest.fixture
async def system(queue_server: QueueServer) -> AsyncIterator[System]:
    bus = await Bus.connect(BusSettings(servers=(queue_server.url,), name="test"))
    system = System(bus, queue_server)
    await system.declare()
    yield system
    await bus.close()


@pytest.fixture
async def worker(system: System) -> AsyncIterator[Worker]:
    worker = await system.start_worker()
    yield worker
    await system.close([worker])


async def test_a_command_becomes_an_event_and_leaves_the_queue(system: System, worker: Worker) -> None:
    await system.send("job1", "pid", attempt=2)
    event = await system.next_event()
    assert event.message == SoundsClustered(job_id="job1", labels_url="blob:labels", n_clusters=1, seconds=0)
    assert event.attempt == 2
    await asyncio.sleep(0.2)
    assert await system.n_messages("CMD") == 0


async def test_the_service_announces_its_nodes(system: System, worker: Worker) -> None:
    receiver = await system.bus.open_receiver("EVT", "main")
    [delivery] = await receiver.receive(wait_s=10)
    assert decode(delivery.body).message == ServiceAnnounced(service=NAME, node_specs=(SPEC,))


async def test_progress_is_heard(system: System, worker: Worker) -> None:
    heard: list[JobProgressed] = []

    async def hear(_subject: str, body: bytes) -> None:
        message = decode(body).message
        assert isinstance(message, JobProgressed)
        heard.append(message)

    await system.bus.subscribe("progress.>", hear)
    await system.send("job1", "count_up")
    await system.next_event()
    assert [sign.frame_url for sign in heard if sign.frame_url] == ["blob:0", "blob:1", "blob:2"]
    assert heard[-1].fraction == 1.0


async def test_a_lasting_error_fails_at_once_and_is_kept_among_the_dead(
    system: System, worker: Worker
) -> None:
    await system.send("job1", "refuse text.mp3")
    event = (await system.next_event()).message
    assert isinstance(event, JobFailed)
    assert (event.code, event.message, event.retryable) == ("corrupt", "text.mp3 is no sound", False)
    assert await system.n_messages("DEAD") == 1


@pytest.mark.parametrize(
    ("fate", "code"), [("crash", "crashed"), ("fail", "error"), ("unavailable", "unavailable")]
)
async def test_what_fails_three_times_is_failed_for_good(
    system: System, worker: Worker, fate: str, code: str
) -> None:
    await system.send("job1", fate)
    event = (await system.next_event(wait_s=60)).message
    assert isinstance(event, JobFailed)
    assert event.code == code
    await asyncio.sleep(0.2)
    assert (await system.n_messages("CMD"), await system.n_messages("DEAD")) == (0, 1)


@pytest.mark.parametrize(("fate", "code"), [("burst", "out_of_memory"), ("loop", "timed_out")])
async def test_what_would_only_happen_again_fails_at_once(
    system: System, worker: Worker, fate: str, code: str
) -> None:
    await system.send("job1", fate)
    event = await system.next_event()
    assert isinstance(event.message, JobFailed)
    assert (event.message.code, event.delivery) == (code, 1)
    assert await system.n_messages("DEAD") == 1


async def test_a_worker_that_dies_of_it_each_time_gives_up_after_the_third(system: System) -> None:
    await system.set_lease(1.0)
    await system.send("job1", "crash-worker")
    deaths = 0
    for _ in range(3):
        process = system.start_process()
        assert await asyncio.to_thread(process.wait, 60) == -signal.SIGKILL
        deaths += 1
    worker = await system.start_worker()
    event = await system.next_event()
    assert isinstance(event.message, JobFailed)
    assert (event.message.code, event.delivery, deaths) == ("crashed", 4, 3)
    await system.close([worker])


async def test_a_command_of_a_version_that_is_unknown_is_refused_with_a_reason(
    system: System, worker: Worker
) -> None:
    command = ClusterSounds(job_id="job1", layout_url="pid", output_prefix="x")
    subject = command_subject(NAME, Lane.BULK)
    envelope = wrap(command, source="main_app", subject=subject, idempotency_key="job1:1")
    await system.bus.publish(envelope.model_copy(update={"dataversion": 99}))
    event = await system.next_event()
    assert isinstance(event.message, JobFailed)
    assert "version 99, which is unknown here: bring sender and receiver to the same" in event.message.message
    await asyncio.sleep(0.2)
    assert (await system.n_messages("CMD"), await system.n_messages("DEAD")) == (0, 1)


async def test_a_frozen_worker_loses_its_job_to_another_and_says_nothing_when_it_wakes(
    system: System, tmp_path: Path
) -> None:
    await system.set_lease(1.5)
    runs = tmp_path / "runs"
    frozen = system.start_process()
    await system.send("job1", f"note_and_sleep {runs}")
    while not runs.exists():
        await asyncio.sleep(0.02)
    frozen.send_signal(signal.SIGSTOP)
    frozen_at_s = asyncio.get_running_loop().time()
    worker = await system.start_worker()
    while len(runs.read_text().splitlines()) < 2:
        await asyncio.sleep(0.02)
    assert asyncio.get_running_loop().time() - frozen_at_s < 3.0, "two leases"
    event = await system.next_event()
    assert (event.message.job_id, event.delivery) == ("job1", 2)  # type: ignore[attr-defined]
    frozen.send_signal(signal.SIGCONT)  # its child has long been done, and what it brings is at the door
    await system.send("job2", "pid")
    assert (await system.next_event()).message.job_id == "job2"  # type: ignore[attr-defined]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(system.next_event(), 3)
    assert await system.n_messages("CMD") == 0
    frozen.terminate()
    await asyncio.to_thread(frozen.wait, 20)
    await system.close([worker])


async def test_garbage_is_buried_and_the_next_command_is_carried_out(system: System, worker: Worker) -> None:
    await system.bus.publish_bytes(command_subject(NAME, Lane.BULK), b"\x00 garbage", idempotency_key="g")
    await system.send("job1", "pid")
    assert (await system.next_event()).message.job_id == "job1"  # type: ignore[attr-defined]
    assert (await system.n_messages("CMD"), await system.n_messages("DEAD")) == (0, 1)


async def test_cancelling_ends_what_runs_and_what_waits(
    system: System, worker: Worker, tmp_path: Path
) -> None:
    started = tmp_path / "pid"
    await system.send("job1", f"hang {started}")
    await system.send("job2", "pid")
    while not (started.exists() and started.read_text()):
        await asyncio.sleep(0.02)
    cancel = CancelJobs(job_ids=("job1", "job2"))
    subject = cancel_subject(NAME)
    await system.bus.broadcast(
        subject, wrap(cancel, source="t", subject=subject, idempotency_key="c").encode()
    )
    ended = [(await system.next_event()).message for _ in range(2)]
    assert ended == [JobCancelled(job_id="job1"), JobCancelled(job_id="job2")]
    assert not Path(f"/proc/{started.read_text()}").exists()


async def test_what_was_cancelled_and_is_wanted_again_is_done(
    system: System, worker: Worker, tmp_path: Path
) -> None:
    started = tmp_path / "pid"
    await system.send("job1", f"hang {started}")
    while not (started.exists() and started.read_text()):
        await asyncio.sleep(0.02)
    subject = cancel_subject(NAME)
    cancel = wrap(CancelJobs(job_ids=("job1",)), source="t", subject=subject, idempotency_key="c")
    await system.bus.broadcast(subject, cancel.encode())
    assert (await system.next_event()).message == JobCancelled(job_id="job1")
    await system.send("job1", "pid", attempt=2)
    again = await system.next_event()
    assert (type(again.message), again.attempt) == (SoundsClustered, 2)


async def test_a_stopped_worker_gives_its_command_to_another(system: System, tmp_path: Path) -> None:
    started = tmp_path / "pid"
    first = await system.start_worker()
    await system.send("job1", f"hang {started}")
    while not (started.exists() and started.read_text()):
        await asyncio.sleep(0.02)
    first_pid = started.read_text()
    second = await system.start_worker()
    first.stop()
    while started.read_text() in ("", first_pid):
        await asyncio.sleep(0.05)
    cancel = CancelJobs(job_ids=("job1",))
    subject = cancel_subject(NAME)
    await system.bus.broadcast(
        subject, wrap(cancel, source="t", subject=subject, idempotency_key="c").encode()
    )
    assert (await system.next_event()).message == JobCancelled(job_id="job1")
    await system.close([second])


async def test_a_wiped_queue_that_is_declared_again_is_worked_on_again(
    system: System, worker: Worker
) -> None:
    await system.send("job1", "pid")
    await system.next_event()
    system.server.kill()
    system.server.wipe()
    system.server.start()
    await asyncio.sleep(1)
    await system.declare()
    await system.send("job2", "pid")
    assert (await system.next_event()).message.job_id == "job2"  # type: ignore[attr-defined]


async def test_a_job_of_five_leases_runs_once(system: System, tmp_path: Path) -> None:
    await system.set_lease(0.8)
    runs = tmp_path / "runs"
    worker = await system.start_worker()
    await system.send("job1", f"note_and_sleep {runs}")
    await system.next_event()
    assert len(runs.read_text().splitlines()) == 1
    await system.close([worker])
