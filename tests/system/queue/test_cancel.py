"""Cancelling thousands of jobs: nothing new begins, what runs is gone, and the rows say so."""

import logging
import os
import time
from pathlib import Path

from tests.system.queue.conftest import QueueSystem

log = logging.getLogger(__name__)
N_JOBS = 10_000


def is_alive(pid: int) -> bool:
    return os.path.exists(f"/proc/{pid}")


def test_ten_thousand_jobs_are_cancelled_at_once(queue_system: QueueSystem, tmp_path: Path) -> None:
    started = tmp_path / "started"
    started.mkdir()
    queue_system.ask("fill", what=f"hang {started}/{{n}}", n=N_JOBS, run_id=1)
    queue_system.ask("create", what="pid", lane="bulk", run_id=2)  # rings; stands behind all others
    while not (running := [file for file in started.iterdir() if file.read_text()]):
        time.sleep(0.02)
    pids = [int(file.read_text()) for file in running]
    assert all(map(is_alive, pids))
    cancelled = queue_system.ask("cancel", run_id=1)
    while any(map(is_alive, pids)):
        time.sleep(0.005)
    gone_after_s = time.time() - cancelled["at"]
    time.sleep(max(0.0, cancelled["at"] + 1 - time.time()))
    begun_within_a_second = set(started.iterdir())
    assert cancelled["n"] == N_JOBS
    queue_system.wait_for_states(2, done=1)  # the lane is free: what nobody cancelled has its turn
    time.sleep(3)
    assert set(started.iterdir()) == begun_within_a_second, "nothing new may begin"
    queue_system.wait_for_states(1, cancelled=N_JOBS, waiting=0, sent=0, running=0, done=0, failed=0)
    log.info("running jobs were gone %.3f s after %d were cancelled", gone_after_s, N_JOBS)
    assert gone_after_s < 1.0
