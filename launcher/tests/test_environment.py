import os
import socket
from pathlib import Path

import pytest

from launcher.environment import allowed_hosts, build_environment, reachable_host, usable_cores, worker_slots
from launcher.paths import DataDirectory

EVERYWHERE = "0.0.0.0"  # noqa: S104  nothing is bound to it here
DATA = DataDirectory(Path("/somewhere/data"))


def build(given: dict[str, str], *folders: Path) -> dict[str, str]:
    return build_environment(
        DATA, host="127.0.0.1", nats_url="nats://here", secret_key="generated", folders=folders, given=given
    )


def test_everything_lies_in_the_data_directory() -> None:
    environment = build({})
    assert environment["DATABASE_URL"] == "sqlite:////somewhere/data/tonotope.sqlite3"
    assert environment["STORAGE_URL"] == "file:///somewhere/data/blobs"
    assert environment["NUMBA_CACHE_DIR"] == "/somewhere/data/cache/numba"
    assert environment["EMBEDDING_MODELS_DIR"] == "/somewhere/data/models"
    assert environment["SECRET_KEY"] == "generated"
    assert environment["NATS_URL"] == "nats://here"


@pytest.mark.parametrize(
    "name", ["DATABASE_URL", "STORAGE_URL", "SECRET_KEY", "WORKER_SLOTS", "ALLOWED_HOSTS"]
)
def test_what_the_person_has_set_stays(name: str) -> None:
    assert build({name: "mine", "OTHER": "kept"}) | {"OTHER": "kept", name: "mine"} == build(
        {name: "mine", "OTHER": "kept"}
    )


def test_folder_given_home_and_those_set_may_be_added() -> None:
    environment = build({"ALLOWED_FOLDERS": "/archive"}, Path("/samples"))
    assert environment["ALLOWED_FOLDERS"].split(os.pathsep) == ["/samples", str(Path.home()), "/archive"]


def test_programs_do_not_import_from_where_they_run() -> None:
    assert build({})["PYTHONSAFEPATH"] == "1"


def test_one_slot_a_core_at_most() -> None:
    assert 1 <= worker_slots() <= usable_cores()


def test_loopback_server_is_reached_by_loopback_names_only() -> None:
    assert allowed_hosts("127.0.0.1") == ["localhost", "127.0.0.1", "[::1]"]


def test_open_server_is_reached_by_the_machines_names() -> None:
    assert socket.gethostname() in allowed_hosts(EVERYWHERE)
    assert "127.0.0.1" in allowed_hosts("::")


@pytest.mark.parametrize(
    ("host", "reachable"),
    [
        ("127.0.0.1", "127.0.0.1"),
        (EVERYWHERE, "127.0.0.1"),
        ("::", "[::1]"),
        ("::1", "[::1]"),
        ("box", "box"),
    ],
)
def test_host_as_this_machine_reaches_it(host: str, reachable: str) -> None:
    assert reachable_host(host) == reachable
