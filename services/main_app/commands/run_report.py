"""``run_report``: prints how a run stands, as one JSON object."""

import json
import time
from argparse import ArgumentParser, Namespace
from typing import Any

from django.db import close_old_connections

from services.main_app.api.described import describe_maps, describe_run, maps, runs
from services.main_app.api.lookup import find
from services.main_app.pipelines.models import Run
from services.main_app.pipelines.runs import failures_of

_LOOK_S = 0.25


def add_arguments(parser: ArgumentParser) -> None:
    parser.description = "Print a run with its failures and its map as one JSON object."
    parser.add_argument("run", type=int, metavar="RUN", help="id of the run")
    parser.add_argument("--wait", action="store_true", help="until it is over")


def run(arguments: Namespace) -> int:
    found = find(runs(), arguments.run)
    while arguments.wait and found.state not in Run.FINAL_STATES:
        time.sleep(_LOOK_S)
        close_old_connections()
        found = find(runs(), arguments.run)
    print(json.dumps(report(found)))
    return 0


def report(found: Run) -> dict[str, Any]:
    """Give what the API tells of a run, all its failures, and the map with the number of its points."""
    described = describe_run(found)
    sound_map = describe_maps([find(maps(), described.map_id)])[0]
    return {
        **described.model_dump(mode="json"),
        "failures": failures_of(found),
        "map": {"id": sound_map.id, "points": sound_map.n_points},
    }
