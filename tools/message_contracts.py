"""Holds the messages to those of the last release: within a major version they only grow.

    python -m tools.message_contracts                      checks
    python -m tools.message_contracts --release 1.2        takes them down, when that is released

What was released stands in docs/schemas/messages.json. Parts of two releases run side by side during every
upgrade, and messages of the old one still wait in the queue.
"""

import argparse
import json
import sys
from typing import Any

from shared.python import messages as m
from shared.python.models import Lane
from tools.message_routes import ROUTES
from tools.parts import ROOT
from tools.schema_compatibility import incompatibilities

SNAPSHOT = ROOT / "docs" / "schemas" / "messages.json"
WAY_OUT = """
Parts of the last release do not get on with this. Either make the change additive (a new field with a
default beside the old one, a new message beside the old one), or raise `version` in the message's class:
a message of an unknown version becomes a dead letter, so upgrade all that send or receive it at once."""


def contracts() -> dict[str, Any]:
    """Give what the messages promise now: lanes and envelope, and of each its version, subject and schema."""
    return {
        "lanes": [lane.value for lane in Lane],
        "envelope": m.Envelope.model_json_schema(),
        "messages": {
            route.name: {
                "version": type(route.example).version,
                "subject": route.subject,
                "schema": type(route.example).model_json_schema(),
            }
            for route in ROUTES
        },
    }


def broken_promises(released: dict[str, Any], current: dict[str, Any]) -> list[str]:
    """Compare what was released with what is, and give what no part of the last release would understand."""
    broken = [f"the lane {lane} is gone" for lane in released["lanes"] if lane not in current["lanes"]]
    broken += incompatibilities(released["envelope"], current["envelope"], path="Envelope")
    for name, old in released["messages"].items():
        new = current["messages"].get(name)
        if new is None:
            broken.append(f"{name} is gone, and parts of the last release still send it")
        elif new["version"] < old["version"]:
            broken.append(f"{name} is of version {new['version']}, and was of version {old['version']}")
        elif new["version"] == old["version"]:
            if new["subject"] != old["subject"]:
                broken.append(f"{name} travels on {new['subject']}, and travelled on {old['subject']}")
            broken += incompatibilities(old["schema"], new["schema"], path=name)
    return broken


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Hold the messages to those of the last release.")
    parser.add_argument("--release", metavar="VERSION", help="take the messages down as those of a release")
    release = parser.parse_args(arguments).release
    if release:
        SNAPSHOT.parent.mkdir(exist_ok=True)
        written = {"release": release, **contracts()}
        SNAPSHOT.write_text(json.dumps(written, indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")
        print(f"{SNAPSHOT.relative_to(ROOT)} holds the messages of release {release}")
        return 0
    released = json.loads(SNAPSHOT.read_text("utf-8"))
    broken = broken_promises(released, contracts())
    for line in broken:
        print(f"since release {released['release']}: {line}")
    if broken:
        print(WAY_OUT.lstrip())
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
