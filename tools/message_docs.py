"""Writes docs/microservice_communication.md and docs/asyncapi.json from the message models.

``python -m tools.message_docs`` writes both, ``--check`` only says whether they are as the models are.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from inspect import cleandoc
from pathlib import Path
from typing import Any

from services.main_app.jobs.topology import streams
from shared.python import messages as m
from shared.python.bus import LEASE_S
from shared.python.models import Lane, Model
from shared.python.worker import MAX_DELIVERIES
from tools.message_routes import ANALYZER, JOB, ROUTES, SIGNALS, Route, Signal
from tools.parts import ROOT

DOCS = ROOT / "docs"
DAY_S = 86_400
HEAD = """# How the services speak to each other

<!-- Written by tools/message_docs.py from shared/python/messages.py. Change those, then run it. -->

Services never call each other. They exchange messages over NATS JetStream, in JSON, each in an envelope with
the attributes of CloudEvents 1.0 and a few of our own. A message has at most {limit} KiB; what is larger is a
blob, and the message holds its URL. The same in machine-readable form: [asyncapi.json](asyncapi.json).

- **A command** asks a service to do something. It is delivered at least once, to one worker, on a lease of
  {lease:.0f} s that the worker keeps alive; after {deliveries} deliveries it becomes a dead letter under
  `dead.<its subject>` and its job fails with a reason.
- **An event** says what happened. main_app takes each one in once, however often it is delivered, and drops
  what belongs to an older attempt of a job, or to a worker that has lost its lease.
- **Progress and cancelling** are broadcasts: nothing depends on their arrival. The truth about a job is its
  row in main_app's database, and wiping the queue loses no work.
- `lane` is `interactive` where a person waits for the answer, else `bulk`; each has workers of its own.
- main_app alone declares streams and consumers (`services/main_app/jobs/topology.py`), and each service may
  only pull its own commands and say its own events (`shared/python/bus_permissions.py`).
- What is stored on a stream has the header `Nats-Msg-Id`, its idempotency key: within two minutes the queue
  itself drops a second copy.
- Within a major version a message only grows. `python -m tools.message_contracts` holds it to the last
  release, whose messages are in [schemas/messages.json](schemas/messages.json); a command of an unknown
  version becomes a dead letter.

How to operate the queue: [operations/queue.md](operations/queue.md).

"""


def markdown() -> str:
    lines = HEAD.format(
        limit=m.MAX_MESSAGE_BYTES // 1024, lease=LEASE_S, deliveries=MAX_DELIVERIES
    ).splitlines()
    lines += ["| message | subject | from | to | delivery |", "|---|---|---|---|---|"]
    for route in (*ROUTES, *SIGNALS):
        link = f"[{route.name}](#{route.name.lower()})"
        lines.append(f"| {link} | `{route.subject}` | {route.sender} | {route.receiver} | {route.delivery} |")
    lines += ["", "| stream | subjects | kept |", "|---|---|---|"]
    for stream in streams():
        kept = f"{stream.max_age / DAY_S:.0f} days" if stream.max_age else "until it is finished"
        subjects = ", ".join(f"`{subject}`" for subject in stream.subjects or ())
        lines.append(f"| {stream.name} | {subjects} | {kept} |")
    lines += ["", "## The envelope", "", *_about(m.Envelope), *_fields(m.Envelope.model_json_schema())]
    lines += ["", *_json(_example(ROUTES[0]))]
    for route in ROUTES:
        kind = type(route.example)
        lines += ["", *_heading(route, f" · version {kind.version}"), *_about(kind)]
        lines += [*_fields(kind.model_json_schema()), "", *_json(route.example.model_dump(mode="json"))]
    for signal in SIGNALS:
        lines += ["", *_heading(signal), signal.about, ""]
        lines += [f"- header `{name}`: for example `{example}`" for name, example in signal.headers.items()]
        lines.append(f"- body: {'a message as above, unchanged' if signal.carries else 'empty'}")
    lines += ["", "## What messages are made of"]
    for name, schema in sorted(_members().items()):
        lines += ["", f"### {name}", ""]
        lines += [*_described(schema.get("description", ""))]
        lines += _fields(schema) if "properties" in schema else [f"One of {_type(schema)}."]
    return "\n".join(lines) + "\n"


def _heading(route: Route | Signal, version: str = "") -> list[str]:
    line = f"`{route.subject}` · {route.sender} → {route.receiver} · {route.delivery}{version}"
    return [f"## {route.name}", "", line, ""]


def _about(kind: type[Model]) -> list[str]:
    return _described(kind.__dict__.get("__doc__") or "")


def _described(text: str) -> list[str]:
    """Give a docstring as Markdown: its attributes become a list."""
    body, _, attributes = cleandoc(text).partition("\nAttributes\n----------\n")
    lines = [" ".join(body.split()), ""] if body else []
    for line in attributes.splitlines():
        if line.startswith(" "):
            lines[-1] += f" {line.strip()}"
        elif line:
            lines.append(f"- `{line}`:")
    return [*lines, ""] if attributes else lines


def _members() -> dict[str, Any]:
    """Give the models and vocabularies that stand in messages, by name."""
    members: dict[str, Any] = {}
    for route in ROUTES:
        members.update(type(route.example).model_json_schema().get("$defs", {}))
    return members


def _json(value: Mapping[str, Any]) -> list[str]:
    return ["```json", json.dumps(value, indent=2, ensure_ascii=False), "```"]


def _fields(schema: Mapping[str, Any]) -> list[str]:
    required = set(schema.get("required", ()))
    rows = ["| field | type | |", "|---|---|---|"]
    for name, field in schema["properties"].items():
        rows.append(f"| `{name}` | {_type(field)} | {'required' if name in required else ''} |")
    return rows


def _type(field: dict[str, Any]) -> str:
    if "$ref" in field:
        name = field["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
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
    messages: dict[str, Any] = {}
    for route in ROUTES:
        schemas[route.name] = _schema(type(route.example), schemas)
        messages[route.name] = {
            "name": route.name,
            "contentType": "application/json",
            "payload": {
                "allOf": [
                    {"$ref": "#/components/schemas/Envelope"},
                    {
                        "properties": {
                            "type": {"const": route.name},
                            "data": {"$ref": f"#/components/schemas/{route.name}"},
                        }
                    },
                ]
            },
            "examples": [{"payload": _example(route)}],
        }
    for signal in SIGNALS:
        messages[signal.name] = _signal(signal)
    schemas["Envelope"] = _schema(m.Envelope, schemas)
    channels, operations = {}, {}
    for each in (*ROUTES, *SIGNALS):
        channels[each.name] = _channel(each)
        operations.update(_operations(each))
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Tonotope", "version": "1", "license": {"name": "Apache-2.0"}},
        "defaultContentType": "application/json",
        "servers": {"queue": {"host": "{host}", "protocol": "nats", "variables": {"host": {}}}},
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas},
    }


def _signal(signal: Signal) -> dict[str, Any]:
    message: dict[str, Any] = {"name": signal.name, "summary": signal.about}
    if signal.headers:
        names = {name: {"type": "string"} for name in signal.headers}
        message["headers"] = {"type": "object", "properties": names}
    if signal.carries is not None:
        message["contentType"] = "application/json"
        message["payload"] = {"$ref": "#/components/schemas/Envelope"}
        message["examples"] = [{"headers": dict(signal.headers), "payload": _example(signal.carries)}]
    return message


def _channel(route: Route | Signal) -> dict[str, Any]:
    channel: dict[str, Any] = {
        "address": route.subject,
        "messages": {route.name: {"$ref": f"#/components/messages/{route.name}"}},
    }
    parameters: dict[str, Any] = {part[1:-1]: {} for part in route.subject.split(".") if part.startswith("{")}
    if "lane" in parameters:
        parameters["lane"] = {"enum": [lane.value for lane in Lane]}
    if parameters:
        channel["parameters"] = parameters
    return channel


def _operations(route: Route | Signal) -> dict[str, Any]:
    return {
        f"{action}{route.name}": {
            "action": action,
            "channel": {"$ref": f"#/channels/{route.name}"},
            "messages": [{"$ref": f"#/channels/{route.name}/messages/{route.name}"}],
            "summary": f"{party} {action}s it: {route.delivery}.",
        }
        for action, party in (("send", route.sender), ("receive", route.receiver))
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
