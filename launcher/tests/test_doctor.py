import json
import resource
import socket
import time
from pathlib import Path

import pytest

from launcher import doctor
from launcher.doctor import Grade
from launcher.lock import DataLock
from launcher.paths import DataDirectory
from launcher.ports import is_free

GIB = 1 << 30


@pytest.mark.usefixtures("web_app")
def test_fit_machine_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.doctor(DataDirectory(tmp_path / "data"), as_json=False) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(line[:5].strip() in {"ok", "warn", ""} for line in lines)
    assert any(line.startswith("ok   message queue: nats-server 2.") for line in lines)
    assert any(line.startswith("ok   decoders: ") for line in lines)


def test_missing_web_app_fails_and_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WEB_APP_DIST", str(tmp_path / "none"))
    assert doctor.doctor(DataDirectory(tmp_path / "data"), as_json=True) == 1
    report = json.loads(capsys.readouterr().out)
    failed = [check for check in report["checks"] if check["grade"] == "fail"]
    assert report["ok"] is False
    assert [check["name"] for check in failed] == ["web app"]
    assert "make build" in failed[0]["remedy"]


def test_doctor_makes_nothing(tmp_path: Path) -> None:
    list(doctor.run_checks(DataDirectory(tmp_path / "data")))
    assert list(tmp_path.iterdir()) == []


def test_old_queue_server_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "nats-server"
    program.write_text("#!/bin/sh\necho nats-server: v2.9.10\n")
    program.chmod(0o755)
    monkeypatch.setenv("NATS_SERVER", str(program))
    check = doctor.check_queue_server()
    assert check.grade is Grade.FAIL
    assert "2.9.10" in check.message
    assert "make setup" in check.remedy


def test_queue_elsewhere_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NATS_URL", "nats://queue.example")
    assert doctor.check_queue_server().grade is Grade.OK


def test_running_system_is_named(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path / "data")
    data.prepare()
    with DataLock(data.lock) as lock:
        lock.describe("http://127.0.0.1:8000")
        assert "http://127.0.0.1:8000" in doctor.check_running(data).message
    assert "no Tonotope" in doctor.check_running(data).message


def test_data_directory_below_a_file_fails(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert doctor.check_writable(DataDirectory(tmp_path / "file" / "data")).grade is Grade.FAIL


def test_taken_port_warns_and_names_the_next() -> None:
    if is_free("127.0.0.1", doctor.DEFAULT_WEB_PORT):
        with socket.create_server(("127.0.0.1", doctor.DEFAULT_WEB_PORT)):
            check = doctor.check_port()
    else:
        check = doctor.check_port()
    assert check.grade is Grade.WARN
    assert f"{doctor.DEFAULT_WEB_PORT} is taken" in check.message


@pytest.mark.parametrize(
    ("total", "available", "grade"),
    [(GIB, GIB, Grade.FAIL), (4 * GIB, GIB // 2, Grade.WARN), (8 * GIB, 4 * GIB, Grade.OK)],
)
def test_memory_is_judged(total: int, available: int, grade: Grade) -> None:
    assert doctor.check_memory(total, available).grade is grade


@pytest.mark.parametrize(
    ("free", "grade"), [(GIB // 4, Grade.FAIL), (2 * GIB, Grade.WARN), (50 * GIB, Grade.OK)]
)
def test_disk_is_judged(free: int, grade: Grade) -> None:
    assert doctor.check_disk(free, Path("/data")).grade is grade


@pytest.mark.parametrize(
    ("limit", "grade"),
    [(256, Grade.FAIL), (2048, Grade.WARN), (65_536, Grade.OK), (resource.RLIM_INFINITY, Grade.OK)],
)
def test_open_files_are_judged(limit: int, grade: Grade) -> None:
    assert doctor.check_open_files(limit).grade is grade


def test_clock_before_the_installation_warns() -> None:
    assert doctor.check_clock(0.0).grade is Grade.WARN
    assert doctor.check_clock(time.time()).grade is Grade.OK
