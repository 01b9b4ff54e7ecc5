import subprocess
import sys

import pytest

from shared.python.errors import ConfigError
from shared.python.tracing import current_traceparent, is_on, set_up_tracing, span


def test_without_a_collector_there_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", raising=False)
    set_up_tracing("test")
    assert not is_on()
    with span("something") as open_span:
        open_span.update_name("else")
        assert current_traceparent() is None


def test_a_protocol_that_we_do_not_speak_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    with pytest.raises(ConfigError, match="is grpc, and Tonotope speaks http/protobuf only"):
        set_up_tracing("test")


def test_what_is_off_loads_nothing() -> None:
    code = "import sys, shared.python.worker; print('opentelemetry' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_span_continues_the_trace_of_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    code = """
from shared.python.tracing import current_traceparent, set_up_tracing, span
set_up_tracing("test")
with span("outer", parent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"):
    print(current_traceparent())
    with span("inner"):
        print(current_traceparent())
print(current_traceparent())
"""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    outer, inner, outside = done.stdout.splitlines()
    assert outer.startswith("00-0af7651916cd43dd8448eb211c80319c-")
    assert inner.startswith("00-0af7651916cd43dd8448eb211c80319c-")
    assert outer != inner
    assert outside == "None"
