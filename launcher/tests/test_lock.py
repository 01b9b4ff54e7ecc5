import os
import subprocess
import sys
from pathlib import Path

import pytest

from launcher.lock import DataLock, is_held, read_holder
from launcher.tests.processes import wait_until
from shared.python.errors import ConfigError

HOLDER = """
import sys
from pathlib import Path
from launcher.lock import DataLock
with DataLock(Path(sys.argv[1])) as lock:
    lock.describe("http://127.0.0.1:8123")
    print("held", flush=True)
    sys.stdin.read()
"""


def hold(path: Path) -> "subprocess.Popen[str]":
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_second_holder_is_refused_and_told_who_the_first_is(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    holder = hold(path)
    with pytest.raises(ConfigError, match=rf"process {holder.pid}, http://127.0.0.1:8123"), DataLock(path):
        pass
    assert is_held(path)
    holder.communicate()


def test_lock_of_a_killed_holder_is_free(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    holder = hold(path)
    holder.kill()
    holder.communicate()
    assert not is_held(path)
    with DataLock(path):
        assert is_held(path)


def test_heir_of_the_descriptor_keeps_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with DataLock(path) as lock:
        heir = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=(lock.descriptor,)
        )
    assert is_held(path)
    heir.communicate(b"\n")
    assert not is_held(path)


def test_other_children_do_not_keep_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with DataLock(path):
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, close_fds=False)
    wait_until(lambda: not is_held(path), timeout_s=2)
    child.communicate(b"\n")


def test_holder_that_has_not_written_yet_is_described(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.touch()
    assert read_holder(path) == "just starting"
    with DataLock(path):
        assert read_holder(path) == f"process {os.getpid()}, starting"


def test_lock_that_never_was_is_not_held(tmp_path: Path) -> None:
    assert not is_held(tmp_path / "none")
