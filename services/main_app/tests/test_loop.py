"""Real processes of main_app on a queue that does not give them what they need: they end, and say why."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.main_app.commands import loop
from shared.python.bus_permissions import MAIN_APP, Permissions, authorization, main_app_permissions
from shared.python.testing import QueueServer


def run(
    process: str, directory: Path, permissions: Permissions, password: str
) -> "subprocess.CompletedProcess[str]":
    """Run a process of main_app until it ends by itself."""
    users = authorization([(MAIN_APP, json.dumps("right"), permissions)]).removeprefix("authorization ")
    server = QueueServer(directory, authorization=users)
    server.start()
    try:
        return subprocess.run(
            [sys.executable, "-m", "services.main_app", process],
            env=os.environ
            | {
                "NATS_URL": server.url.replace("nats://", f"nats://{MAIN_APP}:{password}@"),
                "DATABASE_URL": f"sqlite:///{directory / 'test.sqlite3'}",
                "STORAGE_URL": f"file://{directory}",
                "SECRET_KEY": "made for tests, and long enough to sign with",
            },
            capture_output=True,
            text=True,
            timeout=120,
        )
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("process", "withheld"),
    [
        ("publisher", "cmd.>"),
        ("publisher", "wake.>"),
        ("consumer", "progress.>"),
        ("reconciler", "$JS.API.>"),
    ],
)
def test_a_right_that_is_missing_ends_the_process(tmp_path: Path, process: str, withheld: str) -> None:
    full = main_app_permissions()
    some = Permissions(*(tuple(s for s in part if s != withheld) for part in (full.publish, full.subscribe)))
    ended = run(process, tmp_path, some, "right")
    last = ended.stderr.splitlines()[-1]
    assert ended.returncode == os.EX_CONFIG, ended.stderr
    assert f"the queue does not let {MAIN_APP}" in last
    assert withheld in last
    assert "Give the user its rights" in last
    assert "Traceback" not in ended.stderr


def test_a_wrong_password_ends_the_process(tmp_path: Path) -> None:
    ended = run("consumer", tmp_path, main_app_permissions(), "wrong")
    assert ended.returncode == os.EX_CONFIG, ended.stderr
    assert ended.stderr.splitlines()[-1] == (
        "the queue refuses the user or password of main_app: check NATS_URL"
    )


async def test_a_process_that_misses_the_first_wish_to_end_is_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loop, "_AGAIN_S", 0.05)
    stopping, n_missed = asyncio.Event(), 0

    async def work() -> None:
        nonlocal n_missed
        while n_missed < 2:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(600)
            n_missed += 1
        await asyncio.sleep(600)

    working = asyncio.ensure_future(work())
    asyncio.get_running_loop().call_later(0.05, stopping.set)
    async with asyncio.timeout(20):
        await loop._until_stopped(working, stopping)
    assert working.cancelled()
    assert n_missed == 2


async def test_what_ends_by_itself_with_an_error_says_so() -> None:
    async def work() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await loop._until_stopped(asyncio.ensure_future(work()), asyncio.Event())
