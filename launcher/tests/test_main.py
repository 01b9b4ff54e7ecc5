import socket
import subprocess
import sys
from pathlib import Path

import pytest

from launcher.lock import DataLock
from launcher.paths import DataDirectory


def tonotope(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "launcher", *arguments], capture_output=True, encoding="utf-8", timeout=60
    )


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("explore", "--once"), "--once needs a FOLDER"),
        (("explore", "--port", "0"), "invalid"),
        (("explore", "--port", "70000"), "invalid"),
        ((), "required"),
    ],
)
def test_wrong_command_line_is_explained(arguments: tuple[str, ...], complaint: str) -> None:
    process = tonotope(*arguments)
    assert process.returncode == 2
    assert complaint in process.stderr
    assert process.stdout == ""


def test_missing_folder_is_named_before_anything_starts(tmp_path: Path) -> None:
    data = tmp_path / "data"
    process = tonotope("explore", str(tmp_path / "none"), "--data", str(data))
    assert process.returncode == 1
    assert process.stderr == f"tonotope: there is no folder {tmp_path / 'none'}\n"
    assert not data.exists()


def test_missing_pipeline_is_named_before_anything_starts(tmp_path: Path) -> None:
    data = tmp_path / "data"
    process = tonotope("explore", "--pipeline", str(tmp_path / "none.json"), "--data", str(data))
    assert process.returncode == 1
    assert process.stderr == f"tonotope: there is no file {tmp_path / 'none.json'}\n"
    assert not data.exists()


def test_file_in_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "song.wav").touch()
    process = tonotope("explore", str(tmp_path / "song.wav"), "--data", str(tmp_path / "data"))
    assert process.returncode == 1
    assert "is no folder" in process.stderr


@pytest.mark.usefixtures("web_app")
def test_taken_port_is_a_clear_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        process = tonotope("explore", "--port", str(port), "--data", str(tmp_path / "data"), "--no-browser")
    assert process.returncode == 1
    assert process.stderr.startswith(f"tonotope: port {port} is taken by another program")


@pytest.mark.usefixtures("web_app")
def test_second_start_is_refused_and_names_the_first(data: DataDirectory) -> None:
    with DataLock(data.lock) as lock:
        lock.describe("http://127.0.0.1:8000")
        process = tonotope("explore", "--data", str(data.root), "--no-browser")
    assert process.returncode == 1
    assert "already running" in process.stderr
    assert "http://127.0.0.1:8000" in process.stderr


def test_missing_web_app_is_said_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEB_APP_DIST", str(tmp_path / "none"))
    process = tonotope("explore", "--data", str(tmp_path / "data"), "--no-browser")
    assert process.returncode == 1
    assert "the web app is not built" in process.stderr
    assert "make build" in process.stderr
