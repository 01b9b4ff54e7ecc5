import os
import socket
from pathlib import Path

import pytest

from launcher.paths import DataDirectory, data_directory
from shared.python.errors import ConfigError


def test_chosen_directory_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONOTOPE_DATA", str(tmp_path / "environment"))
    assert data_directory(tmp_path / "chosen").root == tmp_path / "chosen"
    assert data_directory().root == tmp_path / "environment"


def test_without_a_choice_it_is_where_the_system_keeps_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TONOTOPE_DATA", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    root = data_directory().root
    assert root.name == "tonotope"
    assert root.is_relative_to(tmp_path)


def test_relative_directory_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert data_directory(Path("here")).root == tmp_path / "here"


def test_prepared_directory_is_private_and_preparing_again_keeps_it(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path / "deep" / "data")
    data.prepare()
    (data.blobs / "kept").touch()
    data.secrets.chmod(0o755)
    data.prepare()
    assert (data.blobs / "kept").exists()
    assert data.secrets.stat().st_mode & 0o777 == 0o700
    assert data.root.stat().st_mode & 0o077 == 0


def test_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"file/data cannot be written .*--data"):
        DataDirectory(tmp_path / "file" / "data").prepare()


@pytest.mark.parametrize("depth", [1, 30, 60, 90, 200])
def test_control_socket_can_always_be_bound(tmp_path: Path, depth: int) -> None:
    data = DataDirectory(tmp_path / ("d" * depth))
    data.prepare()
    path = data.make_control_socket_path()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.fspath(path) + ".4194304")
    assert path.parent.stat().st_mode & 0o077 == 0
