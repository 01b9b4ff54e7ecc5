"""``publisher``: hands what was decided to the queue."""

from argparse import ArgumentParser, Namespace

from services.main_app.commands.loop import run_on_bus
from services.main_app.jobs.publisher import Publisher
from services.main_app.pipelines.graph import known_services
from shared.python.bus import Bus


def add_arguments(parser: ArgumentParser) -> None:
    parser.description = "Publish the outbox until SIGTERM."


def run(arguments: Namespace) -> int:
    return run_on_bus("publisher", _publish)


async def _publish(bus: Bus) -> None:
    await Publisher(bus, services=known_services).run()
