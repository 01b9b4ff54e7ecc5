"""Every promise of every message is broken once, and each time somebody notices."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tools import message_contracts
from tools.message_contracts import SNAPSHOT, broken_promises, contracts

RELEASED = json.loads(SNAPSHOT.read_text("utf-8"))


def test_the_messages_keep_what_the_last_release_promised() -> None:
    assert broken_promises(RELEASED, contracts()) == []


def objects(contract: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give all objects of the messages: the envelope, each message, and what they are made of."""
    yield "Envelope", contract["envelope"]
    for name, message in contract["messages"].items():
        yield name, message["schema"]
        for inner in message["schema"].get("$defs", {}).values():
            if "properties" in inner:
                yield name, inner


N_OBJECTS = len(list(objects(RELEASED)))


@pytest.mark.parametrize("number", range(N_OBJECTS))
def test_no_field_may_be_changed(number: int) -> None:
    name, original = list(objects(RELEASED))[number]
    fields = list(original.get("properties", {}))
    for field in fields:
        for change in ("remove", "require", "leave out", "retype"):
            contract = copy.deepcopy(RELEASED)
            schema = list(objects(contract))[number][1]
            required = schema.setdefault("required", [])
            if change == "remove":
                del schema["properties"][field]
            elif change == "require" and field not in required:
                required.append(field)
            elif change == "leave out" and field in required:
                required.remove(field)
            elif change == "retype":
                schema["properties"][field] = {"type": "boolean"}
            else:
                continue
            broken = broken_promises(RELEASED, contract)
            assert any(line.startswith(name) and field in line for line in broken), (change, field, broken)


@pytest.mark.parametrize("number", range(N_OBJECTS))
def test_a_field_with_a_default_may_be_added_and_one_without_may_not(number: int) -> None:
    contract = copy.deepcopy(RELEASED)
    schema = list(objects(contract))[number][1]
    schema.setdefault("properties", {})["added"] = {"type": "string", "default": ""}
    assert broken_promises(RELEASED, contract) == []
    schema.setdefault("required", []).append("added")
    assert any("added is new and required" in line for line in broken_promises(RELEASED, contract))


def test_no_value_of_a_vocabulary_may_be_removed() -> None:
    n_removed = 0
    for name, message in RELEASED["messages"].items():
        for kind, definition in message["schema"].get("$defs", {}).items():
            for value in definition.get("enum", ()):
                contract = copy.deepcopy(RELEASED)
                contract["messages"][name]["schema"]["$defs"][kind]["enum"].remove(value)
                broken = broken_promises(RELEASED, contract)
                assert any(f"not accept {value!r}" in line for line in broken)
                n_removed += 1
    assert n_removed > 10


@pytest.mark.parametrize("name", RELEASED["messages"])
def test_a_message_may_not_go_nor_travel_elsewhere_within_a_version(name: str) -> None:
    gone = copy.deepcopy(RELEASED)
    del gone["messages"][name]
    assert broken_promises(RELEASED, gone) == [f"{name} is gone, and parts of the last release still send it"]
    moved = copy.deepcopy(RELEASED)
    moved["messages"][name]["subject"] += ".elsewhere"
    [line] = broken_promises(RELEASED, moved)
    assert f"{name} travels on {RELEASED['messages'][name]['subject']}.elsewhere" in line
    moved["messages"][name]["version"] += 1
    assert broken_promises(RELEASED, moved) == []


def test_a_message_or_a_lane_may_be_added_and_no_lane_removed() -> None:
    contract = copy.deepcopy(RELEASED)
    contract["messages"]["Another"] = {"version": 1, "subject": "evt.x.another", "schema": {"type": "object"}}
    contract["lanes"].append("night")
    assert broken_promises(RELEASED, contract) == []
    contract["lanes"].remove("bulk")
    assert broken_promises(RELEASED, contract) == ["the lane bulk is gone"]


def test_what_broke_is_said_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = contracts()
    del broken["messages"]["AnalyzeAudio"]["schema"]["properties"]["files"]
    monkeypatch.setattr(message_contracts, "contracts", lambda: broken)
    assert message_contracts.main([]) == 1
    said = capsys.readouterr().out
    assert f"since release {RELEASED['release']}: AnalyzeAudio.files is gone" in said
    assert "raise `version`" in said


def test_a_release_takes_the_messages_down(
    monkeypatch: pytest.MonkeyPatch, tmp_path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(message_contracts, "ROOT", tmp_path)
    monkeypatch.setattr(message_contracts, "SNAPSHOT", tmp_path / "schemas" / "messages.json")
    assert message_contracts.main(["--release", "1.2"]) == 0
    assert message_contracts.main([]) == 0
    assert json.loads((tmp_path / "schemas" / "messages.json").read_text())["release"] == "1.2"
