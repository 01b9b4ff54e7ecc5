"""``add_source``: adds a source and begins to scan it, as the web app does."""

import json
import sys
from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from pathlib import Path

from services.main_app.maps.columns import ANALYZE_NODE
from services.main_app.pipelines.register import add_source
from services.main_app.pipelines.runs import start_run
from shared.python.errors import TonotopeError


def add_arguments(parser: ArgumentParser) -> None:
    parser.description = "Add a source, begin to scan it, and print its ids as one JSON object."
    parser.add_argument("--provider", default="local_folder", help="which integration reads it")
    parser.add_argument("--folder", type=Path, help="the folder, where the integration wants one")
    parser.add_argument("--label", help="what to call it")
    parser.add_argument(
        "--slice",
        action=BooleanOptionalAction,
        help="make the events of its files points of their own, from now on (else as before)",
    )


def run(arguments: Namespace) -> int:
    config = {} if arguments.folder is None else {"folder": str(arguments.folder.expanduser().absolute())}
    slicing = {None: None, True: "events", False: "off"}[arguments.slice]
    parameters = None if slicing is None else {ANALYZE_NODE: {"slicing": slicing}}
    try:
        source, sound_map = add_source(
            provider=arguments.provider, config=config, label=arguments.label, parameters=parameters
        )
    except TonotopeError as error:
        print(error.message, file=sys.stderr)
        return 1
    started = start_run(source)
    print(json.dumps({"source_id": source.pk, "run_id": started.pk, "map_id": sound_map.pk}))
    return 0
