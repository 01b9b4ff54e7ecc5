"""``publisher``: hands what was decided to the queue."""

from argparse import ArgumentParser, Namespace

from services.main_app.commands.loop import run_on_bus
from services.main_app.jobs import publisher


def add_arguments(parser: ArgumentParser) -> None:
    parser.description = "Publish the outbox until SIGTERM."


def run(arguments: Namespace) -> int:
    return run_on_bus("publisher", publisher.run)
