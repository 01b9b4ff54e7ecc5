"""``sync``: scans sources and takes their files in."""

import threading
from argparse import ArgumentParser, Namespace

from services.main_app.commands.loop import run_on_bus
from services.main_app.jobs.database import in_database
from services.main_app.jobs.doorbell import SYNC, Listener
from services.main_app.pipelines.scanning import claim, scan_run
from shared.python.bus import Bus

_LOOK_S = 3.0
"""How long nobody rings before we look all the same: a ring may get lost, a claim may have run out."""


def add_arguments(parser: ArgumentParser) -> None:
    parser.description = "Scan the sources of waiting runs until SIGTERM."


def run(arguments: Namespace) -> int:
    return run_on_bus("sync", _sync)


async def _sync(bus: Bus) -> None:
    stopping = threading.Event()
    doorbell = await Listener.open(bus, SYNC)
    try:
        while True:
            doorbell.forget()
            if not await in_database(_scan_next, stopping):
                await doorbell.wait(at_most_s=_LOOK_S)
    finally:
        stopping.set()


def _scan_next(stopping: threading.Event) -> bool:
    run = claim()
    if run is not None:
        scan_run(run, is_stopping=stopping.is_set)
    return run is not None
