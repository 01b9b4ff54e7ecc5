"""``pipeline``: shows the pipeline that new runs go through, or puts another one in its place."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from services.main_app.pipelines.choosing import choose_pipeline, read_pipeline
from services.main_app.pipelines.graph import current_pipeline, default_pipeline


def add_arguments(parser: ArgumentParser) -> None:
    parser.description = "Print the pipeline that new runs go through, after choosing it if one is named."
    named = parser.add_mutually_exclusive_group()
    named.add_argument("file", nargs="?", type=Path, metavar="FILE", help="choose the pipeline in this file")
    named.add_argument("--default", action="store_true", help="choose the one that Tonotope begins with")


def run(arguments: Namespace) -> int:
    if arguments.default or arguments.file is not None:
        chosen = default_pipeline() if arguments.default else read_pipeline(arguments.file)
        if waits_for := choose_pipeline(chosen):
            print(f"Runs will wait: {waits_for}", file=sys.stderr)
    print(current_pipeline().model_dump_json(indent=2))
    return 0
