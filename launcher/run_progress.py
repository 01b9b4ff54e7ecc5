"""Puts a run into words: while it goes on, and when it has ended."""

from collections.abc import Callable, Mapping
from typing import Any


class RunProgress:
    """Tells how far a run is, each time that there is something new to say."""

    def __init__(self, *, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._last = ""

    def show(self, run: Mapping[str, Any]) -> None:
        line = describe(run)
        if line != self._last:
            self._last = line
            self._tell(line)


def describe(run: Mapping[str, Any]) -> str:
    """Say in one line how far a run is; `run` is the API's Run."""
    if run["state"] == "scanning":
        return f"Looking through the folder: {run['found']:,} sounds so far"
    if run["state"] == "analyzing":
        done = run["analyzed"] + run["failed"] + run["skipped"]
        speed = f", {run['files_per_s']:.1f} a second" if run.get("files_per_s") else ""
        left = f", about {run['eta_s']:.0f} s left" if run.get("eta_s") is not None else ""
        return f"Listening: {done:,} of {run['found']:,} sounds{speed}{left}"
    if run["state"] == "laying_out":
        return f"Drawing the map: {100 * run['layout_fraction']:.0f} %"
    return f"The run is {run['state']}"


def summary(report: Mapping[str, Any], *, seconds: float) -> str:
    """Say what came of a run; `report` is what ``main_app run_report`` prints."""
    lines = [
        f"{report['files']:,} files in {seconds:.1f} s: {report['analyzed']:,} analyzed, "
        f"{report['failed']:,} failed, {report['skipped']:,} skipped",
        f"The map has {report['map']['points']:,} sounds",
    ]
    if report["failures"]:
        lines.append("Could not be read:")
        lines += [f"  {failure['path']}: {failure['message']}" for failure in report["failures"]]
    return "\n".join(lines)
