"""The queue's server is away for half a minute and comes back newer, on the same store: every job ends once.

``OLD_NATS_SERVER`` names a server of an older version to begin with; without it both are the installed one.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.queue.conftest import QueueSystem

N_JOBS, AWAY_S = 2000, 30.0


@pytest.fixture
def queue_system(tmp_path: Path) -> Iterator[QueueSystem]:
    system = QueueSystem(tmp_path, program=os.environ.get("OLD_NATS_SERVER", ""))
    yield system
    system.stop()


@pytest.mark.timeout(600)
def test_a_server_that_is_upgraded_in_place_loses_nothing(queue_system: QueueSystem) -> None:
    queue_system.ask("fill", what="nap", n=N_JOBS, run_id=1)
    while (states := queue_system.ask("states", run_id=1))["done"] < 20:
        time.sleep(0.1)
    assert states["done"] < N_JOBS
    queue_system.server.stop()
    before = queue_system.ask("states", run_id=1)
    time.sleep(AWAY_S)
    during = queue_system.ask("states", run_id=1)
    assert sum(during[state] for state in ("waiting", "sent", "running", "done")) == N_JOBS
    assert during["done"] <= before["done"] + 2  # what was on its way into the database
    queue_system.server.program = ""
    queue_system.server.start()
    queue_system.wait_for_states(1, timeout_s=300, done=N_JOBS, failed=0, cancelled=0)
    for name, process in queue_system.processes.items():
        assert process.poll() is None, f"{name} did not live through it"
