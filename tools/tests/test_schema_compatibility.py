from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, create_model

from tools.schema_compatibility import incompatibilities

Text = tuple[Any, Any]


class Inner(BaseModel):
    name: str
    note: str = ""


class NarrowInner(BaseModel):
    name: Annotated[str, Field(max_length=3)]
    note: str = ""


def changed(old: Text | None, new: Text | None) -> list[str]:
    """Compare two models that differ in the field ``x``, which one of them may not have."""
    schemas = [
        create_model("Message", job_id=(str, ...), **({"x": field} if field else {})).model_json_schema()
        for field in (old, new)
    ]
    return incompatibilities(*schemas, path="Message")


ADDITIVE = {
    "nothing": ((str, ...), (str, ...)),
    "a new field with a default": (None, (str, "")),
    "a new field that may be null": (None, (str | None, None)),
    "one more value": ((Literal["a", "b"], ...), (Literal["a", "b", "c"], ...)),
    "any text instead of some values": ((Literal["a", "b"], ...), (str, ...)),
    "a number instead of an integer": ((int, 1), (float, 1)),
    "an alternative": ((str, ""), (str | int, "")),
    "null in an optional field": ((str, ""), (str | None, "")),
    "a wider range": ((Annotated[int, Field(ge=1, le=9)], 1), (Annotated[int, Field(ge=0, le=10)], 1)),
    "no range": ((Annotated[int, Field(ge=1)], 1), (int, 1)),
    "no pattern": ((Annotated[str, Field(pattern="^a$")], "a"), (str, "a")),
    "anything instead of something": ((dict[str, int], ...), (dict[str, Any], ...)),
    "a longer list": ((Annotated[list[int], Field(max_length=2)], ...), (list[int], ...)),
}
BREAKING = {
    "a field that is gone": ((str, ""), None, "Message.x is gone"),
    "a required field that is gone": ((str, ...), None, "Message.x is gone"),
    "a new field that is required": (None, (str, ...), "Message.x is new and required"),
    "a field that is required now": ((str, ""), (str, ...), "Message.x is required now"),
    "a field that may be left out now": ((str, ...), (str, ""), "receivers of the last release need it"),
    "null in a required field": ((str, ...), (str | None, ...), "may be null now"),
    "another default": ((int, 1), (int, 2), "means 2 when it is left out, and meant 1"),
    "another type": ((str, ...), (int, ...), "was string and would be integer"),
    "an integer instead of a number": ((float, 1), (int, 1), "was number and would be integer"),
    "no null any more": ((str | None, ""), (str, ""), "was null and would be string"),
    "a value that is gone": ((Literal["a", "b"], ...), (Literal["a"], ...), "not accept 'b' any more"),
    "another single value": ((Literal["a"], ...), (Literal["b"], ...), "not accept 'a' any more"),
    "some values instead of any text": ((str, ...), (Literal["a", "b"], ...), "was any string"),
    "a range": ((int, 1), (Annotated[int, Field(ge=1)], 1), "has minimum 1, and had none"),
    "a narrower range": (
        (Annotated[int, Field(le=9)], 1), (Annotated[int, Field(le=5)], 1), "has maximum 5, and had 9"
    ),
    "a shorter list": ((list[int], ...), (Annotated[list[int], Field(max_length=2)], ...), "has maxItems 2"),
    "a pattern": ((str, "a"), (Annotated[str, Field(pattern="^a$")], "a"), "has pattern '^a$'"),
    "something instead of anything": ((dict[str, Any], ...), (dict[str, int], ...), "Message.x.*"),
    "a narrower member of a list": ((list[Inner], ...), (list[NarrowInner], ...), "x[].name has maxLength"),
    "a narrower alternative": ((Inner | None, None), (NarrowInner | None, None), "x.name has maxLength"),
}  # fmt: skip


@pytest.mark.parametrize("kind", ADDITIVE)
def test_what_only_adds_is_accepted(kind: str) -> None:
    assert changed(*ADDITIVE[kind]) == []


@pytest.mark.parametrize("kind", BREAKING)
def test_what_breaks_is_refused_with_the_place(kind: str) -> None:
    old, new, said = BREAKING[kind]
    assert any(said in line for line in changed(old, new)), changed(old, new)
