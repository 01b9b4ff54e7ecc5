"""``reconciler``: declares what the queue must have, and sends again what it has lost."""

from argparse import ArgumentParser, Namespace

from services.main_app.commands.loop import run_on_bus
from services.main_app.jobs.reconciler import Reconciler
from services.main_app.pipelines.events import take_event
from services.main_app.pipelines.graph import known_services
from services.main_app.pipelines.runs import advance_open_runs
from shared.python.bus import Bus


def add_arguments(parser: ArgumentParser) -> None:
    parser.description = "Compare the jobs with the queue every few seconds until SIGTERM."


def run(arguments: Namespace) -> int:
    return run_on_bus("reconciler", _reconcile)


async def _reconcile(bus: Bus) -> None:
    await Reconciler(bus, services=known_services, on_failed=take_event, on_tick=advance_open_runs).run()
