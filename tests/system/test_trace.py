"""One wish is one trace: from the request through the outbox and the queue into a child process, and back."""

import gzip
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.system.conftest import write_tone

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
N_SOUNDS = 30


class Collector:
    """An OpenTelemetry collector that keeps what it is sent in memory."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, Span]] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                collector.take(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def take(self, request: ExportTraceServiceRequest) -> None:
        for resource in request.resource_spans:
            [service] = [
                a.value.string_value for a in resource.resource.attributes if a.key == "service.name"
            ]
            for scope in resource.scope_spans:
                self.spans += [(service, span) for span in scope.spans]

    def close(self) -> None:
        self._server.shutdown()


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.close()


@pytest.fixture
def web_url(collector: Collector, tmp_path: Path) -> Iterator[str]:
    """The whole system, sending its spans to the collector."""
    command = [sys.executable, "-m", "launcher", "explore", "--no-browser", "--data", str(tmp_path / "data")]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "ALLOWED_FOLDERS": str(tmp_path)},
    )
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if found := re.search(r"ready: (http://\S+)", line):
            break
    else:
        raise AssertionError("".join(lines))
    yield found[1]
    process.terminate()
    process.wait(20)


def caller(base: str) -> Callable[..., Any]:
    """Give a function that calls the API and keeps its cookies."""
    opener = build_opener(HTTPCookieProcessor())

    def call(method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(  # noqa: S310  our own server
            base + path, data, {"Content-Type": "application/json", **(headers or {})}, method=method
        )
        with opener.open(request, timeout=60) as response:
            return json.load(response)

    return call


@pytest.mark.timeout(400)
def test_one_wish_is_one_trace(collector: Collector, web_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "sounds"
    for number in range(N_SOUNDS):
        write_tone(folder / f"{number}.wav", number)
    call = caller(f"{web_url}/api/v1")
    token = call("GET", "/session")["csrf_token"]
    added = call(
        "POST",
        "/sources",
        {"provider": "local_folder", "config": {"folder": str(folder)}},
        {"X-CSRFToken": token, "Origin": web_url, "traceparent": f"00-{TRACE_ID}-b7ad6b7169203331-01"},
    )
    while (run := call("GET", f"/runs/{added['run']['id']}"))["state"] not in ("done", "failed"):
        time.sleep(0.2)
    assert (run["state"], run["analyzed"]) == ("done", N_SOUNDS)
    last = "process evt.umap_service.sounds_clustered"
    deadline = time.monotonic() + 30
    while not any(span.name == last for _, span in collector.spans) and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(2)  # every process sends what it has twice a second: those before the last one too

    ours = [(service, span) for service, span in collector.spans if span.trace_id.hex() == TRACE_ID]
    by_id = {span.span_id: (service, span) for service, span in ours}

    def way_to(name: str) -> list[str]:
        """Give the names of a span and all its parents, from the first cause on."""
        _, span = next((service, span) for service, span in ours if span.name == name)
        way = [span.name]
        while span.parent_span_id in by_id:
            _, span = by_id[span.parent_span_id]
            way.insert(0, span.name)
        return way

    bulk, interactive = "cmd.audio_analyzer.bulk", "cmd.umap_service.interactive"
    heard = ["POST /api/v1/sources", "scan", f"create {bulk}", f"process {bulk}"]
    told = "evt.audio_analyzer.audio_analyzed"
    analyzed = "services.audio_analyzer.jobs:analyze_all"
    assert way_to(analyzed) == [*heard, analyzed]
    assert way_to(f"send {bulk}") == [*heard[:-1], f"send {bulk}"]
    assert way_to(f"process {told}") == [*heard, f"send {told}", f"process {told}"]
    # The layout was caused by the last sound that was heard, and the groups by the layout.
    assert way_to("services.umap_service.jobs:cluster")[-6:] == [
        f"process {interactive}",
        "send evt.umap_service.sounds_laid_out",
        "process evt.umap_service.sounds_laid_out",
        f"create {interactive}",
        f"process {interactive}",
        "services.umap_service.jobs:cluster",
    ]
    services = {service for service, _ in ours}
    assert services == {
        "tonotope-web", "tonotope-sync", "tonotope-publisher", "tonotope-consumer",
        "tonotope-audio_analyzer", "tonotope-umap_service",
    }  # fmt: skip
