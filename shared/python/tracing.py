"""Spans: what happened on the way of one wish, from the request through the queue into a child and back.

Off, and free of cost, unless ``OTEL_EXPORTER_OTLP_ENDPOINT`` names a collector. All other settings are those
of OpenTelemetry (``OTEL_EXPORTER_OTLP_HEADERS``, ``OTEL_TRACES_SAMPLER``, …). Between processes a W3C
``traceparent`` value travels.
"""

import importlib
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from typing import Protocol, cast

from shared.python.errors import ConfigError

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_PROTOCOL = "http/protobuf"

Attributes = Mapping[str, str | int | float | bool]


class SpanKind(StrEnum):
    """The part that a process plays in a span, as OpenTelemetry names it."""

    SERVER = "SERVER"
    PRODUCER = "PRODUCER"
    CONSUMER = "CONSUMER"
    INTERNAL = "INTERNAL"


class Span(Protocol):
    """A span that has begun, for what is known only at its end."""

    def update_name(self, name: str) -> None: ...
    def set_attribute(self, key: str, value: str | int | float | bool) -> None: ...


class Tracer(Protocol):
    """What `shared.python.otlp` makes."""

    def span(
        self, name: str, kind: SpanKind, parent: str | None, attributes: Attributes
    ) -> AbstractContextManager[Span]: ...
    def current_traceparent(self) -> str | None: ...


class _NoSpan:
    def update_name(self, name: str) -> None:
        pass

    def set_attribute(self, key: str, value: str | int | float | bool) -> None:
        pass


_NO_SPAN = _NoSpan()
_active: list[Tracer] = []
"""The tracer of this process, when it has one."""


def set_up_tracing(process: str) -> None:
    """Send the spans of this process, and of the processes that it starts, to the collector if one is named.

    Raises
    ------
    ConfigError
        When ``OTEL_EXPORTER_OTLP_PROTOCOL`` asks for another protocol than ours.
    """
    if _active or not any(os.environ.get(name) for name in _ENDPOINTS):
        return
    protocol = os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", _PROTOCOL)
    if protocol != _PROTOCOL:
        raise ConfigError(
            f"OTEL_EXPORTER_OTLP_PROTOCOL is {protocol}, and Tonotope speaks {_PROTOCOL} only: leave it out, "
            "and name the collector's HTTP port (4318 as a rule) in OTEL_EXPORTER_OTLP_ENDPOINT"
        )
    os.environ.setdefault("OTEL_SERVICE_NAME", f"tonotope-{process}")
    # Imported only now: the SDK would cost every process its memory and its time to start.
    _active.append(cast(Tracer, importlib.import_module("shared.python.otlp").OtlpTracer()))


def is_on() -> bool:
    return bool(_active)


def span(
    name: str, kind: SpanKind = SpanKind.INTERNAL, *, parent: str | None = None, **attributes: str | int
) -> AbstractContextManager[Span]:
    """Measure what happens inside ``with``; an exception that leaves it is noted.

    Parameters
    ----------
    parent
        The ``traceparent`` of what caused it, where that came from another process; else the span that is
        open here is the parent.
    attributes
        By OpenTelemetry's semantic conventions, with ``__`` for the dots: ``messaging__system="nats"``.
    """
    if not _active:
        return nullcontext(_NO_SPAN)
    return _active[0].span(
        name, kind, parent, {key.replace("__", "."): value for key, value in attributes.items()}
    )


def message_span(
    verb: str, subject: str, kind: SpanKind, *, parent: str | None = None, **attributes: str | int
) -> AbstractContextManager[Span]:
    """Measure what is done with a message: ``create``, ``send`` or ``process``; see `span`."""
    return span(
        f"{verb} {subject}",
        kind,
        parent=parent,
        messaging__system="nats",
        messaging__destination__name=subject,
        **attributes,
    )


def current_traceparent() -> str | None:
    """Give the open span as a W3C ``traceparent``, for what is caused elsewhere; ``None`` without one."""
    return _active[0].current_traceparent() if _active else None
