"""The web server as people start it: a process of its own, real sockets, real signals."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from django.db import connection

from services.main_app.tests.made_maps import add_files, wav

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "a key of the tests, long enough to sign with"
START_S = 60


def database_url():
    name = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{name['NAME']}"
    return f"postgres://{name['USER']}:{name['PASSWORD']}@{name['HOST']}:{name['PORT']}/{name['NAME']}"


@pytest.fixture
def environment(settings, tmp_path):
    return {
        **{k: v for k, v in os.environ.items() if k not in ("ALLOWED_HOSTS", "BIND_HOST")},
        "DATABASE_URL": database_url(),
        "STORAGE_URL": settings.STORAGE_URL,
        "NATS_URL": "nats://127.0.0.1:1",
        "SECRET_KEY": KEY,
        "WEB_APP_DIST": str(tmp_path / "dist"),
    }


def command(*arguments):
    return [sys.executable, "-m", "services.main_app", *arguments]


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def serving(environment, *arguments):
    port = free_port()
    process = subprocess.Popen(
        command("web", "--port", str(port), *arguments),
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            assert process.poll() is None, process.stderr.read().decode()
            try:
                if get(port, "/healthz")[0] == 200:
                    break
            except OSError:
                time.sleep(0.1)
        yield process, port
    finally:
        process.kill()
        process.communicate()


def get(port, path, **headers):
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    link.request("GET", path, headers=headers)
    response = link.getresponse()
    body = response.read()
    link.close()
    return response.status, response.headers, body


def refused(environment, *arguments):
    return subprocess.run(
        command("web", *arguments), env=environment, capture_output=True, timeout=START_S, text=True
    )


def test_it_does_not_start_without_a_key(environment):
    ended = refused(environment | {"SECRET_KEY": ""})
    assert ended.returncode == 78
    assert ended.stderr.strip().startswith("SECRET_KEY is not set")
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("more", "arguments"),
    [({}, ["--host", "192.0.2.1"]), ({"ALLOWED_HOSTS": "sounds.example"}, ["--host", "127.0.0.1"])],
)
def test_it_does_not_start_for_others_without_an_owner(environment, more, arguments):
    ended = refused(environment | more, *arguments)
    assert ended.returncode == 78
    assert "create_owner" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_with_an_owner_it_starts_for_others_and_asks_for_a_login(environment):
    made = subprocess.run(
        command("create_owner", "--password-stdin"),
        env=environment,
        input="correct horse battery\n",
        text=True,
        timeout=START_S,
    )
    assert made.returncode == 0
    with serving(environment | {"ALLOWED_HOSTS": "sounds.example"}) as (_, port):
        assert get(port, "/api/v1/maps")[0] == 401
        assert json.loads(get(port, "/api/v1/session", Host="sounds.example")[2])["loopback"] is False


def test_a_setup_link_is_printed_when_asked_for(environment):
    with serving(environment | {"ALLOWED_HOSTS": "sounds.example"}, "--setup-link") as (process, port):
        printed = process.stdout.readline().decode()
        assert f"http://sounds.example:{port}/setup?token=" in printed
        status, _, page = get(port, printed.partition(str(port))[2].strip())
        assert (status, b"Make the owner" in page) == (200, True)


def test_bytes_and_events_come_over_the_wire_and_it_ends_at_once(environment, source, run):
    content = wav(1, n_bytes=700_000)
    (file,) = add_files(source, {"a.wav": content})
    with serving(environment) as (process, port):
        status, headers, body = get(port, f"/api/v1/audio-files/{file.pk}/audio", Range="bytes=5-599999")
        assert (status, body) == (206, content[5:600_000])
        assert headers["Content-Length"] == "599995"
        status, headers, body = get(port, f"/api/v1/audio-files/{file.pk}/audio")
        assert (status, body) == (200, content)

        link = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        link.request("GET", "/api/v1/events")
        response = link.getresponse()
        assert response.headers["Content-Type"] == "text/event-stream"
        assert response.readline() == b"event: run\n"
        assert json.loads(response.readline().removeprefix(b"data: "))["id"] == run.pk

        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=5) in (0, -signal.SIGTERM)
        response.read()  # ends, and does not break off
        link.close()


def test_several_processes_serve_and_end_together(environment, run):
    with serving(environment, "--workers", "2") as (process, port):
        assert get(port, "/api/v1/maps")[0] == 200
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        link.request("GET", "/api/v1/events")
        assert link.getresponse().readline() == b"event: run\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=5) in (0, -signal.SIGTERM)
        link.close()
    with pytest.raises(OSError, match="refused"):
        get(port, "/healthz")
