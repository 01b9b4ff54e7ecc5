import inspect
import json
import re

import pytest

from services.main_app.jobs.topology import streams
from shared.python import messages
from shared.python.messages import MESSAGES, decode
from tools.message_docs import asyncapi, markdown, outputs
from tools.message_routes import ROUTES, SIGNALS


def test_every_message_has_a_route() -> None:
    assert sorted(type(route.example).__name__ for route in ROUTES) == sorted(MESSAGES)


@pytest.mark.parametrize("path", outputs(), ids=lambda path: path.name)
def test_the_documents_are_as_the_messages_are(path) -> None:
    assert path.read_text("utf-8") == outputs()[path], "run: python -m tools.message_docs"


def test_every_kind_of_subject_is_documented() -> None:
    made = [function for name, function in inspect.getmembers(messages) if name.endswith("_subject")]
    first_words = {re.findall(r'return f"(\w+)\.', inspect.getsource(function))[0] for function in made}
    assert {each.subject.split(".")[0] for each in (*ROUTES, *SIGNALS)} == first_words
    for stream in streams():
        assert f"| {stream.name} | `{stream.subjects[0]}` |" in markdown()


def test_every_message_says_what_it_is_for_and_travels_between_two_parties() -> None:
    document = asyncapi()
    for each in (*ROUTES, *SIGNALS):
        assert document["channels"][each.name]["address"] == each.subject
        for action, party in (("send", each.sender), ("receive", each.receiver)):
            assert document["operations"][f"{action}{each.name}"]["summary"].startswith(
                f"{party} {action}s it"
            )
    for name, message in MESSAGES.items():
        assert message.__dict__.get("__doc__"), f"{name} has no docstring"
    for signal in SIGNALS:
        assert document["components"]["messages"][signal.name]["summary"]


def test_a_dead_letter_shows_its_reason_and_what_it_was() -> None:
    dead_letter = asyncapi()["components"]["messages"]["DeadLetter"]
    [example] = dead_letter["examples"]
    assert (
        example["headers"].keys() == dead_letter["headers"]["properties"].keys() == {messages.REASON_HEADER}
    )
    assert type(decode(json.dumps(example["payload"]).encode()).message) in MESSAGES.values()


def test_every_link_leads_to_a_heading() -> None:
    text = markdown()
    headings = {heading.lower() for heading in re.findall(r"^#+ (\w+)$", text, re.MULTILINE)}
    linked = set(re.findall(r"\(#(\w+)\)", text))
    assert linked - headings == set()


def test_every_example_is_a_message_that_arrives() -> None:
    document = asyncapi()
    for name in MESSAGES:
        [example] = document["components"]["messages"][name]["examples"]
        assert type(decode(json.dumps(example["payload"]).encode()).message).__name__ == name


def test_every_reference_leads_somewhere() -> None:
    document = asyncapi()

    def follow(value: object) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                target: object = document
                for step in value["$ref"].removeprefix("#/").split("/"):
                    assert isinstance(target, dict)
                    target = target[step]
            for inner in value.values():
                follow(inner)
        elif isinstance(value, list):
            for inner in value:
                follow(inner)

    follow(document)
