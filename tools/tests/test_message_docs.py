import json

import pytest

from shared.python.messages import MESSAGES, decode
from tools.message_docs import ROUTES, asyncapi, outputs


def test_every_message_has_a_route() -> None:
    assert sorted(type(route.example).__name__ for route in ROUTES) == sorted(MESSAGES)


@pytest.mark.parametrize("path", outputs(), ids=lambda path: path.name)
def test_the_documents_are_as_the_messages_are(path) -> None:
    assert path.read_text("utf-8") == outputs()[path], "run: python -m tools.message_docs"


def test_every_example_is_a_message_that_arrives() -> None:
    document = asyncapi()
    for name, message in document["components"]["messages"].items():
        [example] = message["examples"]
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
