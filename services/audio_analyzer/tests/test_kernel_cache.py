import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from services.audio_analyzer.kernel_cache import VARIABLE, choose_cache_directory


@pytest.fixture
def places(monkeypatch, tmp_path):
    """Give a user's cache and a directory for temporary files, both empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv(VARIABLE, "")
    return tmp_path


def chosen() -> Path:
    choose_cache_directory()
    return Path(os.environ[VARIABLE])


def test_the_users_cache_is_taken_and_closed_to_others(places):
    assert chosen() == places / "cache" / "tonotope" / "kernels"
    assert stat.S_IMODE(chosen().stat().st_mode) == 0o700


def test_a_directory_that_is_set_stays(places, monkeypatch):
    monkeypatch.setenv(VARIABLE, "/somewhere/else")
    assert chosen() == Path("/somewhere/else")


def test_without_a_users_cache_it_is_the_same_temporary_directory_every_time(places, monkeypatch):
    (places / "cache").write_text("no directory")
    first = chosen()
    assert first == places / f"tonotope-kernels-{os.getuid()}"
    monkeypatch.setenv(VARIABLE, "")
    assert chosen() == first


@pytest.mark.parametrize("trap", ["open to all", "a link"])
def test_what_others_could_write_to_is_not_taken(places, trap):
    (places / "cache").write_text("no directory")
    directory = places / f"tonotope-kernels-{os.getuid()}"
    if trap == "a link":
        (places / "elsewhere").mkdir(mode=0o700)
        directory.symlink_to(places / "elsewhere")
    else:
        directory.mkdir()
        directory.chmod(0o777)
    taken = chosen()
    assert taken != directory
    assert stat.S_IMODE(taken.stat().st_mode) == 0o700


def test_the_service_sets_it_before_numba_comes(tmp_path):
    script = "import os, services.audio_analyzer.extremes as e, numba; print(numba.config.CACHE_DIR)"
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    environment.pop(VARIABLE, None)
    told = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == str(tmp_path / "tonotope" / "kernels")
