"""``sync``: scans sources and takes their files in."""

import signal
import threading
from argparse import ArgumentParser, Namespace

from services.main_app.jobs.database import keep_connections
from services.main_app.pipelines.scanning import run_sync
from shared.python.telemetry import set_up_telemetry


def add_arguments(parser: ArgumentParser) -> None:
    parser.description = "Scan the sources of waiting runs until SIGTERM."


def run(arguments: Namespace) -> int:
    set_up_telemetry("sync")
    keep_connections()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    run_sync(stopping.is_set)
    return 0
