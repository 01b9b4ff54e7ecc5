import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from launcher.ports import first_free_port, is_free, listens
from shared.python.errors import ConfigError


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_taken_port_is_not_free(taken: int) -> None:
    assert not is_free("127.0.0.1", taken)
    assert not is_free("localhost", taken)


def test_port_taken_on_one_address_is_taken_on_all(taken: int) -> None:
    assert not is_free("0.0.0.0", taken)  # noqa: S104  only to see that it is refused


def test_next_port_is_found(taken: int) -> None:
    port = first_free_port("127.0.0.1", start=taken)
    assert port > taken
    assert is_free("127.0.0.1", port)


def test_port_of_connections_that_just_ended_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        accepted, _ = server.accept()
        accepted.close()
        client.recv(1)
        client.close()
    assert is_free("127.0.0.1", port)


def test_port_is_known_to_be_of_whoever_listens(taken: int) -> None:
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert listens(os.getpid(), taken)
    assert not listens(os.getpid(), taken + 1)
    assert not listens(other.pid, taken)
    other.communicate(b"\n")
    assert not listens(other.pid, taken)


def test_foreign_address_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"192\.0\.2\.1 is no address of this machine"):
        is_free("192.0.2.1", 8000)


def test_no_address_is_refused() -> None:
    with pytest.raises(ConfigError, match="is no address"):
        is_free("no such host", 8000)
