"""``slice FILE... --json``: the events of sounds, without a queue or a map."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shared.python.errors import ConfigError, TonotopeError
from shared.python.slices import SlicingParameters


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    default = SlicingParameters()
    parser = commands.add_parser("slice", help="print where the events of sounds begin and end")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument(
        "--least", type=float, default=default.slice_least_s, help="shortest event in seconds"
    )
    parser.add_argument("--most", type=int, default=default.slice_most, help="most events of one file")
    parser.add_argument("--json", action="store_true", help="one JSON object per line and file")


def run(options: argparse.Namespace, *, tell: Callable[[str], None]) -> int:
    """Tell the events of each file; give 1 when none could be read, or an option is out of range."""
    try:
        parameters = SlicingParameters.of(
            {"slicing": "events", "slice_least_s": options.least, "slice_most": options.most}
        )
    except ConfigError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    n_failed = 0
    for path in options.files:
        result = _result(path, parameters)
        n_failed += "error" in result
        tell(json.dumps(result) if options.json else _readable(result))
    return 1 if n_failed == len(options.files) else 0


def _result(path: Path, parameters: SlicingParameters) -> dict[str, Any]:
    from services.audio_analyzer.slices import find_events

    try:
        found = find_events(path, parameters=parameters)
    except TonotopeError as error:
        return {"path": str(path), "error": {"code": str(error.code), "message": error.message}}
    events = [
        {
            "start_s": round(event.start / found.sample_rate_hz, 6),
            "end_s": round(event.end / found.sample_rate_hz, 6),
        }
        for event in found.events
    ]
    return {"path": str(path), "n_found": found.n_found, "events": events}


def _readable(result: dict[str, Any]) -> str:
    if error := result.get("error"):
        return f"{result['path']}\n  {error['code']}: {error['message']}"
    lines = [f"{result['path']}: {len(result['events'])} of {result['n_found']} events"]
    lines += [f"  {event['start_s']:10.3f} s to {event['end_s']:10.3f} s" for event in result["events"]]
    return "\n".join(lines)
