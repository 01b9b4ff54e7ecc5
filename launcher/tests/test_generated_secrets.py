import os
from pathlib import Path

import pytest

from launcher.generated_secrets import read_or_create_secret
from shared.python.errors import ConfigError


def test_secret_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "key"
    former = os.umask(0)
    try:
        secret = read_or_create_secret(path)
    finally:
        os.umask(former)
    assert len(secret) == 64
    assert read_or_create_secret(path) == secret
    assert path.stat().st_mode & 0o777 == 0o600


def test_two_secrets_differ(tmp_path: Path) -> None:
    assert read_or_create_secret(tmp_path / "a") != read_or_create_secret(tmp_path / "b")


def test_secret_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("secret\n")
    path.chmod(0o644)
    assert read_or_create_secret(path) == "secret"
    assert path.stat().st_mode & 0o777 == 0o600


def test_empty_secret_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").touch()
    with pytest.raises(ConfigError, match="empty"):
        read_or_create_secret(tmp_path / "key")
