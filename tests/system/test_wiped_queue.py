"""Nothing has its only copy in the queue: its store may be deleted, and every job still ends."""

import asyncio
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from shared.python.bus import Bus, BusSettings
from tests.system.conftest import Exploration, write_tone
from tests.system.test_kill import ROLES, is_queue

Explore = Callable[..., Exploration]
N_JOBS = 400


def n_open_jobs(data: Path) -> int:
    with closing(sqlite3.connect(f"file:{data / 'tonotope.sqlite3'}?mode=ro", uri=True)) as database:
        query = "SELECT count(*) FROM jobs_job WHERE state IN ('waiting', 'sent', 'running')"
        return int(database.execute(query).fetchone()[0])


def start_with_many_jobs(explore: Explore, tmp_path: Path) -> Exploration:
    folder = tmp_path / "sounds"
    for number in range(N_JOBS):
        write_tone(folder / f"{number}.wav", number)
    exploration = explore(folder, ANALYZE_BATCH_FILES="1")
    exploration.wait_until("Listening")
    while n_open_jobs(exploration.data) < 200:
        time.sleep(0.05)
    return exploration


def assert_all_done(exploration: Exploration) -> None:
    result = exploration.result(timeout_s=800)
    assert result["failures"] == []
    assert (result["files"], result["analyzed"], result["map"]["points"]) == (N_JOBS, N_JOBS, N_JOBS)
    assert n_open_jobs(exploration.data) == 0


@pytest.mark.timeout(1200)
def test_a_deleted_store_loses_nothing(explore: Explore, tmp_path: Path) -> None:
    exploration = start_with_many_jobs(explore, tmp_path)
    assert n_open_jobs(exploration.data) >= 200
    # Deleted under the running server, which then dies: what starts in its place finds an empty directory.
    victim = exploration.wait_for(is_queue)
    victim.suspend()
    shutil.rmtree(exploration.data / "queue" / "store")
    victim.kill()
    assert_all_done(exploration)


@pytest.mark.timeout(1200)
def test_streams_that_are_deleted_live_are_made_again(explore: Explore, tmp_path: Path) -> None:
    exploration = start_with_many_jobs(explore, tmp_path)
    url = exploration.wait_for(ROLES["publisher"]).environ()["NATS_URL"]

    async def delete_streams() -> None:
        bus = await Bus.connect(BusSettings(servers=(url,), name="test"))
        for stream in ("CMD", "EVT", "DEAD"):
            await bus.jetstream.delete_stream(stream)
        await bus.close()

    asyncio.run(delete_streams())
    assert_all_done(exploration)
