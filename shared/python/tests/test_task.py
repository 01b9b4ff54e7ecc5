import asyncio

from nats.js.api import AckPolicy, ConsumerConfig

from shared.python.bus import Bus
from shared.python.bus_settings import BusSettings
from shared.python.child import Child, ChildSettings
from shared.python.messages import ClusterSounds, JobProgressed, decode, wrap
from shared.python.task import Task
from shared.python.testing import QueueServer


async def test_progress_without_a_result_is_told_at_most_once_a_second(queue_server: QueueServer) -> None:
    bus = await Bus.connect(BusSettings(servers=(queue_server.url,), name="test"))
    heard: list[JobProgressed] = []

    async def hear(_subject: str, body: bytes) -> None:
        message = decode(body).message
        assert isinstance(message, JobProgressed)
        heard.append(message)

    await bus.subscribe("progress.>", hear)
    await bus.jetstream.add_stream(name="CMD", subjects=["cmd.>"])
    consumer = ConsumerConfig(durable_name="worker", ack_policy=AckPolicy.EXPLICIT)
    await bus.jetstream.add_consumer("CMD", consumer)
    command = ClusterSounds(job_id="job1", layout_url="blob:l", output_prefix="x")
    await bus.publish(wrap(command, source="main_app", subject="cmd.listener.bulk", idempotency_key="job1:1"))
    receiver = await bus.open_receiver("CMD", "worker")
    (delivery,) = await receiver.receive()
    task = Task(bus, "listener", decode(delivery.body), command, Child(ChildSettings()), delivery)

    for step in range(100):
        await task.progress(step / 100)
    await task.progress(0.995, "blob:frame")
    while not heard or heard[-1].frame_url is None:
        await asyncio.sleep(0.01)
    assert [(sign.fraction, sign.frame_url) for sign in heard] == [(0.0, None), (0.995, "blob:frame")]
    await bus.close()
