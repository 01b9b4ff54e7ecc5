"""Writes docs/microservice_communication.md and docs/asyncapi.json from the message models.

``python -m tools.message_docs`` writes both, ``--check`` only says whether they are as the models are.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared.python import messages as m
from shared.python.bus import LEASE_S
from shared.python.models import (
    AudioFile,
    DescriptorSpec,
    FailureCode,
    Lane,
    Model,
    NodeKind,
    NodeSpec,
    Outcome,
)
from shared.python.worker import MAX_DELIVERIES

DOCS = Path(__file__).resolve().parent.parent / "docs"
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
JOB = "3f2504e04f8941d39a0c0305e82c3301"


@dataclass(frozen=True, slots=True)
class Route:
    """How one message travels: a subject with its variable parts in braces, and an example of it."""

    subject: str
    sender: str
    receiver: str
    example: m.Message

    @property
    def delivery(self) -> str:
        kind = self.subject.split(".")[0]
        return {
            "cmd": "at least once, work queue, on lease",
            "evt": "at least once, kept 7 days",
            "progress": "lossy broadcast",
            "cancel": "broadcast",
        }[kind]


def _command(service: str, example: m.Command) -> Route:
    subject = m.command_subject(service, Lane.BULK).replace(Lane.BULK, "{lane}")
    return Route(subject, "main_app", service, example)


def _event(service: str, example: m.Event) -> Route:
    return Route(m.event_subject(service, type(example)), service, "main_app", example)


ANALYZER, LAYOUTS, ANY = "audio_analyzer", "umap_service", "{service}"
NODE = NodeSpec(
    type="analyze_audio",
    kind=NodeKind.ANALYZE,
    title="Descriptors",
    version=1,
    service=ANALYZER,
    inputs=("sounds",),
    output="descriptors",
    descriptors=(
        DescriptorSpec(
            name="duration_s",
            title="Duration",
            group="File",
            unit="s",
            scale="log",
            description="Length of the decoded sound.",
        ),
    ),
)
FILE = AudioFile(
    content_hash=HASH, url="file:///sounds/Drums/Kick%2007.wav", path="Drums/Kick 07.wav", size_bytes=48_312
)
ROUTES = (
    _command(ANALYZER, m.AnalyzeAudio(job_id=JOB, files=(FILE,), node_version=1)),
    _command(
        LAYOUTS,
        m.LayOutSounds(
            job_id=JOB,
            matrix_url="blob:layouts/1/1/matrix.npy",
            output_prefix="layouts/1/1",
            parameters={"n_neighbors": 15, "min_dist": 0.1},
        ),
    ),
    _command(
        LAYOUTS,
        m.PlaceSounds(
            job_id=JOB,
            matrix_url="blob:layouts/1/1/matrix.npy",
            layout_url="blob:layouts/1/1/coordinates.npy",
            new_matrix_url="blob:layouts/1/2/new_matrix.npy",
            output_prefix="layouts/1/2",
        ),
    ),
    _command(
        LAYOUTS,
        m.ClusterSounds(
            job_id=JOB, layout_url="blob:layouts/1/1/coordinates.npy", output_prefix="layouts/1/1"
        ),
    ),
    _event(
        ANALYZER,
        m.AudioAnalyzed(
            job_id=JOB,
            files=(
                m.AnalyzedFile(
                    content_hash=HASH,
                    outcome=Outcome.ANALYZED,
                    result_url=f"blob:{m.analysis_key(HASH, 1)}",
                ),
                m.AnalyzedFile(
                    content_hash=HASH[::-1],
                    outcome=Outcome.FAILED,
                    code=FailureCode.NOT_AUDIO,
                    message="These bytes are no sound",
                ),
            ),
        ),
    ),
    _event(LAYOUTS, m.SoundsLaidOut(job_id=JOB, layout_url="blob:layouts/1/1/layout.npy", seconds=1.9)),
    _event(LAYOUTS, m.SoundsPlaced(job_id=JOB, layout_url="blob:layouts/1/2/layout.npy", seconds=0.2)),
    _event(
        LAYOUTS,
        m.SoundsClustered(job_id=JOB, labels_url="blob:layouts/1/1/clusters.npy", n_clusters=9, seconds=0.1),
    ),
    _event(
        ANY,
        m.JobFailed(
            job_id=JOB,
            code="crashed",
            message="The process that worked on it ended (SIGSEGV)",
            retryable=True,
        ),
    ),
    _event(ANY, m.JobCancelled(job_id=JOB)),
    _event(ANY, m.ServiceAnnounced(service=ANALYZER, node_specs=(NODE,))),
    Route(
        m.progress_subject(ANY, "{job}"),
        ANY,
        "main_app",
        m.JobProgressed(job_id=JOB, attempt=1, fraction=0.4, frame_url="blob:layouts/1/1/frames/7.npy"),
    ),
    Route(m.cancel_subject(ANY), "main_app", ANY, m.CancelJobs(job_ids=(JOB,))),
)

HEAD = """# How the services speak to each other

<!-- Written by tools/message_docs.py from shared/python/messages.py. Change those, then run it. -->

Services never call each other. They exchange messages over NATS JetStream, in JSON, each in an envelope with
the attributes of CloudEvents 1.0 and a few of our own. A message has at most {limit} KiB; what is larger is a
blob, and the message holds its URL. The same in machine-readable form: [asyncapi.json](asyncapi.json).

- **A command** asks a service to do something. It is delivered at least once, to one worker, on a lease of
  {lease:.0f} s that the worker keeps alive; after {deliveries} deliveries it becomes a dead letter under
  `dead.<its subject>` and its job fails with a reason.
- **An event** says what happened. main_app takes each one in once, however often it is delivered, and drops
  what belongs to an older attempt of a job.
- **Progress and cancelling** are broadcasts: nothing depends on their arrival. The truth about a job is its
  row in main_app's database, and wiping the queue loses no work.
- `lane` is `interactive` where a person waits for the answer, else `bulk`; each has workers of its own.
- main_app alone declares streams and consumers (`services/main_app/jobs/topology.py`).

| message | subject | from | to | delivery |
|---|---|---|---|---|
"""


def markdown() -> str:
    lines = [
        HEAD.format(limit=m.MAX_MESSAGE_BYTES // 1024, lease=LEASE_S, deliveries=MAX_DELIVERIES).rstrip()
    ]
    for route in ROUTES:
        name = type(route.example).__name__
        cells = (
            f"[{name}](#{name.lower()})",
            f"`{route.subject}`",
            route.sender,
            route.receiver,
            route.delivery,
        )
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "## The envelope", "", *_fields(m.Envelope)]
    for route in ROUTES:
        kind = type(route.example)
        lines += ["", f"## {kind.__name__}", "", f"`{route.subject}` · {route.sender} → {route.receiver}"]
        lines += [f" · version {kind.version}", "", *_summary(kind), *_fields(kind), ""]
        lines += [
            "```json",
            json.dumps(route.example.model_dump(mode="json"), indent=2, ensure_ascii=False),
            "```",
        ]
    return "\n".join(lines).replace("\n · version", " · version") + "\n"


def _summary(kind: type[m.Message]) -> list[str]:
    own = kind.__dict__.get("__doc__") or ""
    return [" ".join(own.split()), ""] if own else []


def _fields(kind: type[Model]) -> list[str]:
    schema = kind.model_json_schema()
    required = set(schema.get("required", ()))
    rows = ["| field | type | |", "|---|---|---|"]
    for name, field in schema["properties"].items():
        rows.append(f"| `{name}` | {_type(field)} | {'required' if name in required else ''} |")
    return rows


def _type(field: dict[str, Any]) -> str:
    if "$ref" in field:
        return str(field["$ref"].rsplit("/", 1)[-1])
    if "anyOf" in field:
        return " or ".join(_type(option) for option in field["anyOf"])
    if "const" in field:
        return f'"{field["const"]}"'
    if "enum" in field:
        return " or ".join(f'"{value}"' for value in field["enum"])
    if field.get("type") == "array":
        return f"list of {_type(field['items'])}" if "items" in field else "list"
    return str(field.get("format") or field.get("type", "anything"))


def asyncapi() -> dict[str, Any]:
    """Give the AsyncAPI 3.0 document of all messages."""
    schemas: dict[str, Any] = {}
    channels, operations, messages = {}, {}, {}
    for route in ROUTES:
        name = type(route.example).__name__
        schemas[name] = _schema(type(route.example), schemas)
        messages[name] = {
            "name": name,
            "contentType": "application/json",
            "payload": {
                "allOf": [
                    {"$ref": "#/components/schemas/Envelope"},
                    {
                        "properties": {
                            "type": {"const": name},
                            "data": {"$ref": f"#/components/schemas/{name}"},
                        }
                    },
                ]
            },
            "examples": [{"payload": _example(route)}],
        }
        parameters: dict[str, Any] = {
            part[1:-1]: {} for part in route.subject.split(".") if part.startswith("{")
        }
        if "lane" in parameters:
            parameters["lane"] = {"enum": [lane.value for lane in Lane]}
        channel: dict[str, Any] = {
            "address": route.subject,
            "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        }
        if parameters:
            channel["parameters"] = parameters
        channels[name] = channel
        for action, party in (("send", route.sender), ("receive", route.receiver)):
            operations[f"{action}{name}"] = {
                "action": action,
                "channel": {"$ref": f"#/channels/{name}"},
                "messages": [{"$ref": f"#/channels/{name}/messages/{name}"}],
                "summary": f"{party} {action}s it: {route.delivery}.",
            }
    schemas["Envelope"] = _schema(m.Envelope, schemas)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Tonotope", "version": "1", "license": {"name": "Apache-2.0"}},
        "defaultContentType": "application/json",
        "servers": {"queue": {"host": "{host}", "protocol": "nats", "variables": {"host": {}}}},
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas},
    }


def _schema(kind: type[Model], schemas: dict[str, Any]) -> dict[str, Any]:
    schema = kind.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs", {}))
    return schema


def _example(route: Route) -> dict[str, Any]:
    subject = route.subject.format(lane=Lane.BULK, service=ANALYZER, job=JOB)
    envelope = m.wrap(
        route.example,
        source=route.sender.format(service=ANALYZER),
        subject=subject,
        idempotency_key=f"{JOB}:1",
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ).model_copy(update={"id": "5c2f4a1e9d6b4c7fa0e1d2c3b4a59687", "time": datetime(2026, 1, 1, tzinfo=UTC)})
    dumped: dict[str, Any] = envelope.model_dump(mode="json", exclude_none=True)
    return dumped


def outputs() -> dict[Path, str]:
    """Give the files as the models say they should be."""
    return {
        DOCS / "microservice_communication.md": markdown(),
        DOCS / "asyncapi.json": json.dumps(asyncapi(), indent=2, sort_keys=True, ensure_ascii=False) + "\n",
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when something has drifted")
    check = parser.parse_args().check
    drifted = [
        path for path, text in outputs().items() if not path.exists() or path.read_text("utf-8") != text
    ]
    for path in drifted:
        if not check:
            path.write_text(outputs()[path], "utf-8")
        print(f"{path.relative_to(DOCS.parent)} {'is not as the messages are' if check else 'written'}")
    if check and drifted:
        print("run: python -m tools.message_docs")
    return 1 if check and drifted else 0


if __name__ == "__main__":
    sys.exit(main())
