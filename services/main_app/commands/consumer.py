"""``consumer``: takes in what services say."""

from argparse import ArgumentParser, Namespace

from services.main_app.commands.loop import run_on_bus
from services.main_app.jobs.consumer import Consumer
from services.main_app.jobs.database import in_database
from services.main_app.jobs.doorbell import ring_sync
from services.main_app.jobs.topology import declare
from services.main_app.pipelines.events import take_event
from services.main_app.pipelines.graph import known_services, store_announcement
from shared.python.bus import Bus
from shared.python.messages import ServiceAnnounced


def add_arguments(parser: ArgumentParser) -> None:
    parser.description = "Take in the events of all services until SIGTERM."


def run(arguments: Namespace) -> int:
    return run_on_bus("consumer", _consume)


async def _consume(bus: Bus) -> None:
    async def on_announced(announced: ServiceAnnounced) -> None:
        if await in_database(store_announcement, announced):
            # Its workers wait for their consumers; the reconciler would get there only with its next tick.
            await declare(bus.jetstream, services=await in_database(known_services))
            ring_sync()  # a run may have waited for it

    await Consumer(bus, on_finished=take_event, on_announced=on_announced).run()
