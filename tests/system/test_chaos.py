"""Random kills of everything, thousands of jobs: all of them end, whole and counted once.

The seed stands in the test's name; ``CHAOS_SEED=… pytest tests/system/test_chaos.py`` draws the same victims.
"""

import json
import logging
import os
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from tests.system.conftest import Exploration, write_tone
from tests.system.test_kill import ROLES

log = logging.getLogger(__name__)

Explore = Callable[..., Exploration]
N_JOBS, N_KILLS = 2000, 40
SEED = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(1_000_000))
WEIGHTS = {
    "analyzer's child": 10,
    "analyzer": 6,
    "queue": 6,
    "publisher": 6,
    "consumer": 6,
    "reconciler": 2,
    "web": 2,
    "sync": 2,
}


def rows(data: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"file:{data / 'tonotope.sqlite3'}?mode=ro", uri=True)) as database:
        return database.execute(query).fetchall()


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("seed", [SEED])
def test_a_storm_of_kills_loses_nothing(explore: Explore, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    folder = tmp_path / "sounds"
    for number in range(N_JOBS):
        write_tone(folder / f"{number}.wav", number, duration_s=0.1)
    exploration = explore(folder, ANALYZE_BATCH_FILES="1")
    exploration.wait_until("Listening")
    kills: Counter[str] = Counter()
    while exploration.process.poll() is None and kills.total() < N_KILLS:
        [role] = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
        pause_s = chance.uniform(0.1, 1.2)
        victim = exploration.find(ROLES[role])
        if victim is not None:
            try:
                victim.kill()
            except psutil.NoSuchProcess:
                continue
            kills[role] += 1
        time.sleep(pause_s)
    assert kills.total() >= N_KILLS, f"the run was over after {kills}"
    result = exploration.result(timeout_s=1200)
    log.info("%d kills: %s", kills.total(), dict(kills))
    assert result["failures"] == []
    assert (result["files"], result["analyzed"], result["skipped"]) == (N_JOBS, N_JOBS, 0)
    assert result["map"]["points"] == N_JOBS
    data = exploration.data
    states = dict(
        rows(data, "SELECT state, count(*) FROM jobs_job WHERE node = 'descriptors' GROUP BY state")
    )
    assert states == {"done": N_JOBS}
    assert rows(data, "SELECT count(*) FROM jobs_job WHERE state IN ('waiting', 'sent', 'running')") == [(0,)]
    assert rows(data, "SELECT count(*), count(DISTINCT audio_file_id) FROM pipelines_runitem") == [
        (N_JOBS, N_JOBS)
    ]
    documents = list((data / "blobs" / "analysis").rglob("*.json"))
    assert len(documents) == N_JOBS
    for document in documents:
        assert json.loads(document.read_text("utf-8"))["descriptors"]["duration_s"] == pytest.approx(0.1)
        assert document.with_suffix(".preview").stat().st_size > 0
