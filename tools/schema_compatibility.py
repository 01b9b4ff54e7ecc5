"""Compares two JSON Schemas of one message: may it change so while parts of both releases run?

Two things must hold. Whoever receives by the new schema must accept all that was sent by the old one, for it
may still wait in the queue. And whoever receives by the old schema must find in a new message what it needs.
So fields are added, with a default, and what is accepted may grow; all else is a new major version.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

_LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_EQUAL_OR_ABSENT = ("pattern", "format", "multipleOf", "uniqueItems")


def incompatibilities(old: Schema, new: Schema, *, path: str) -> list[str]:
    """Give what breaks between two schemas, one line each; nothing when the change is additive.

    Parameters
    ----------
    path
        What the lines call the place.
    """
    return list(_Comparison(old, new).schemas(old, new, path))


class _Comparison:
    def __init__(self, old: Schema, new: Schema) -> None:
        self._old, self._new = old, new

    def schemas(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        choices = _choices(new, self._new)
        for wanted in _choices(old, self._old):
            problems = [list(self._choice(wanted, choice, path)) for choice in choices]
            yield from min(problems, key=len)

    def _choice(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        if not _constraints(new):
            return  # accepts anything
        if old.get("type") != new.get("type") and (old.get("type"), new.get("type")) != ("integer", "number"):
            yield f"{path} was {_named(old)} and would be {_named(new)}"
            return
        yield from _values(old, new, path)
        yield from _bounds(old, new, path)
        if old.get("type") == "object":
            yield from self._objects(old, new, path)
        if "items" in new:
            yield from self.schemas(old.get("items", {}), new["items"], f"{path}[]")

    def _objects(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        needed, needs = set(old.get("required", ())), set(new.get("required", ()))
        for name in sorted(needs - before.keys()):
            yield f"{path}.{name} is new and required, and messages without it are still under way"
        for name, field in before.items():
            where = f"{path}.{name}"
            if name not in after:
                yield f"{where} is gone"
                continue
            if name in needs - needed:
                yield f"{where} is required now, and messages without it are still under way"
            if name in needed - needs:
                yield f"{where} may be left out now, and receivers of the last release need it"
            elif name not in needs and field.get("default") != after[name].get("default"):
                yield (
                    f"{where} means {after[name].get('default')!r} when it is left out, and meant "
                    f"{field.get('default')!r}"
                )
            if name in needed and _may_be_null(after[name], self._new) > _may_be_null(field, self._old):
                yield f"{where} may be null now, and receivers of the last release need it"
            yield from self.schemas(field, after[name], where)
        others, other = old.get("additionalProperties", True), new.get("additionalProperties", True)
        if other is False and others is not False:
            yield f"{path} refuses unknown fields now"
        elif isinstance(other, Mapping):
            yield from self.schemas(others if isinstance(others, Mapping) else {}, other, f"{path}.*")


def _choices(schema: Schema, root: Schema) -> list[Schema]:
    """Give the alternatives that a schema allows, each without references."""
    if "$ref" in schema:
        target: Any = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        return _choices(target, root)
    if "anyOf" in schema:
        return [choice for option in schema["anyOf"] for choice in _choices(option, root)]
    return [schema]


def _may_be_null(schema: Schema, root: Schema) -> bool:
    return any(choice.get("type") == "null" for choice in _choices(schema, root))


def _constraints(schema: Schema) -> set[str]:
    return set(schema) - {"title", "description", "default", "examples"}


def _allowed(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    return schema.get("enum")


def _values(old: Schema, new: Schema, path: str) -> Iterator[str]:
    before, after = _allowed(old), _allowed(new)
    if after is None:
        return
    if before is None:
        yield f"{path} was any {old.get('type')} and would be one of {after}"
    elif gone := [value for value in before if value not in after]:
        yield f"{path} would not accept {', '.join(map(repr, gone))} any more"


def _bounds(old: Schema, new: Schema, path: str) -> Iterator[str]:
    for name in (*_LOWER_BOUNDS, *_UPPER_BOUNDS):
        before, after = old.get(name), new.get(name)
        if after is None:
            continue
        is_narrower = before is None or (after > before if name in _LOWER_BOUNDS else after < before)
        if is_narrower:
            yield f"{path} has {name} {after}, and had {'none' if before is None else before}"
    for name in _EQUAL_OR_ABSENT:
        if name in new and new[name] != old.get(name):
            yield f"{path} has {name} {new[name]!r}, and had {old.get(name)!r}"


def _named(schema: Schema) -> str:
    return str(schema.get("type", "anything"))
