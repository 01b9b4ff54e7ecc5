"""Spans by OpenTelemetry's SDK, sent to a collector by OTLP over HTTP. Imported only where tracing is on."""

import atexit
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.python.tracing import Attributes, Span, SpanKind

_SCOPE = "tonotope"
_DELAY_MS = 500
"""Child processes are killed rather than ended: what a span says shall not wait for long."""


class OtlpTracer:
    """Makes spans and knows the open one; its provider is this object's own, and no global state."""

    def __init__(self) -> None:
        self._provider = TracerProvider()
        self._provider.add_span_processor(
            BatchSpanProcessor(OTLPSpanExporter(), schedule_delay_millis=_DELAY_MS)
        )
        self._tracer = self._provider.get_tracer(_SCOPE)
        self._propagator = TraceContextTextMapPropagator()
        atexit.register(self._provider.shutdown)

    @contextmanager
    def span(self, name: str, kind: SpanKind, parent: str | None, attributes: Attributes) -> Iterator[Span]:
        context = None if parent is None else self._propagator.extract({"traceparent": parent})
        with self._tracer.start_as_current_span(
            name, context=context, kind=trace.SpanKind[kind], attributes=dict(attributes)
        ) as span:
            yield span

    def current_traceparent(self) -> str | None:
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier)
        return carrier.get("traceparent")
