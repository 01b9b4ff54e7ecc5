"""The streams and consumers of the queue. main_app alone declares them; declaring again changes nothing."""

import os
from collections.abc import Iterable

from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DiscardPolicy, RetentionPolicy, StreamConfig
from nats.js.errors import NotFoundError

from services.main_app.jobs.bus import MAIN_APP
from shared.python.bus import LEASE_S
from shared.python.errors import ConfigError
from shared.python.messages import STREAM_COMMANDS, STREAM_DEAD, STREAM_EVENTS, command_subject, consumer_name
from shared.python.models import Lane

DAY_S = 86_400
EVENT_DAYS, DEAD_DAYS = 7, 30
DUPLICATE_WINDOW_S = 120


def streams() -> tuple[StreamConfig, ...]:
    """Give what must exist. ``NATS_REPLICAS`` is 1 on one machine and 3 in a cluster.

    Raises
    ------
    ConfigError
        When that is not 1, 3 or 5.
    """
    wanted = os.environ.get("NATS_REPLICAS", "1")
    if wanted not in ("1", "3", "5"):
        raise ConfigError(f"NATS_REPLICAS is {wanted!r}: give 1, or 3 or 5 for a cluster of so many servers")
    replicas = int(wanted)
    return (
        StreamConfig(
            name=STREAM_COMMANDS,
            subjects=["cmd.>"],
            retention=RetentionPolicy.WORK_QUEUE,
            # A full queue refuses new commands; they wait in the outbox, where nothing is lost.
            discard=DiscardPolicy.NEW,
            max_msgs=1_000_000,
            duplicate_window=DUPLICATE_WINDOW_S,
            num_replicas=replicas,
        ),
        StreamConfig(
            name=STREAM_EVENTS,
            subjects=["evt.>"],
            max_age=EVENT_DAYS * DAY_S,
            duplicate_window=DUPLICATE_WINDOW_S,
            num_replicas=replicas,
        ),
        StreamConfig(name=STREAM_DEAD, subjects=["dead.>"], max_age=DEAD_DAYS * DAY_S, num_replicas=replicas),
    )


def consumers(services: Iterable[str]) -> tuple[tuple[str, ConsumerConfig], ...]:
    """Give the durable consumers: main_app's own, and one for each lane of each service."""
    # No limit on deliveries: a work queue would strand a message that reached it. The worker counts.
    lanes = [
        (
            STREAM_COMMANDS,
            ConsumerConfig(
                durable_name=consumer_name(service, lane),
                filter_subject=command_subject(service, lane),
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=LEASE_S,
                max_deliver=-1,
            ),
        )
        for service in services
        for lane in Lane
    ]
    events = ConsumerConfig(
        durable_name=MAIN_APP,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=30,
        max_deliver=-1,
        max_ack_pending=1000,
    )
    dead = ConsumerConfig(durable_name=MAIN_APP, ack_policy=AckPolicy.EXPLICIT, ack_wait=30, max_deliver=-1)
    return ((STREAM_EVENTS, events), (STREAM_DEAD, dead), *lanes)


async def count(jetstream: JetStreamContext) -> tuple[int, int]:
    """Ask how many streams and consumers there are: one cheap question, which can be asked all the time.

    Raises
    ------
    nats.errors.Error
        When the server is out of reach.
    """
    account = await jetstream.account_info()
    return account.streams, account.consumers


async def declare(jetstream: JetStreamContext, *, services: Iterable[str], renew: bool = False) -> None:
    """Make every stream and consumer that is missing.

    Parameters
    ----------
    renew
        Also give those that exist the settings that they have here, as after an upgrade.

    Raises
    ------
    nats.errors.Error
        When the server is out of reach; the next call makes up for it.
    """
    for stream in streams():
        try:
            await jetstream.stream_info(stream.name or "")
        except NotFoundError:
            await jetstream.add_stream(stream)
        else:
            if renew:
                await jetstream.update_stream(stream)
    for stream_name, consumer in consumers(services):
        is_missing = False
        if not renew:
            try:
                await jetstream.consumer_info(stream_name, consumer.durable_name or "")
            except NotFoundError:
                is_missing = True
        if renew or is_missing:
            await jetstream.add_consumer(stream_name, consumer)  # changes one that exists
