import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from launcher.ports import first_free_port
from launcher.web_probe import WebProbe


class Answers(BaseHTTPRequestHandler):
    """Answers each path with the status and body that the server holds for it."""

    def do_GET(self) -> None:
        status, body = self.server.answers.get(self.path, (404, {}))  # type: ignore[attr-defined]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        server.answers = {}  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever).start()
        yield server
        server.shutdown()


@pytest.fixture
def probe(server: ThreadingHTTPServer) -> WebProbe:
    return WebProbe("127.0.0.1", server.server_port)


def test_ready_server_is_ready(server: ThreadingHTTPServer, probe: WebProbe) -> None:
    server.answers["/readyz"] = (200, {})  # type: ignore[attr-defined]
    assert probe.is_ready()


def test_server_that_waits_says_for_what(server: ThreadingHTTPServer, probe: WebProbe) -> None:
    server.answers["/readyz"] = (503, {"ready": False, "missing": {"queue": "out of reach"}})  # type: ignore[attr-defined]
    assert not probe.is_ready()
    assert probe.missing() == "out of reach"


def test_run_is_given_as_it_is_told(server: ThreadingHTTPServer, probe: WebProbe) -> None:
    server.answers["/api/v1/runs/7"] = (200, {"state": "done"})  # type: ignore[attr-defined]
    assert probe.run("7") == {"state": "done"}
    assert probe.run("8") is None


def test_server_that_is_not_there_is_not_ready() -> None:
    probe = WebProbe("127.0.0.1", first_free_port("127.0.0.1", start=16000))
    assert not probe.is_ready()
    assert probe.missing() == ""
    assert probe.run("7") is None


def test_url_of_an_ipv6_address_has_brackets() -> None:
    assert WebProbe("[::1]", 8000).url == "http://[::1]:8000"
