"""What somebody waits for goes before any amount of bulk work, which stays out of the queue meanwhile."""

import asyncio
import logging
import statistics
import time
from pathlib import Path

from shared.python.bus import Bus, BusSettings
from tests.system.queue.conftest import QueueSystem

log = logging.getLogger(__name__)
N_BULK, N_ASKED = 100_000, 11
WINDOW_JOBS = 128
MEMORY_BYTES = 40_000_000


async def n_commands(url: str) -> int:
    bus = await Bus.connect(BusSettings(servers=(url,), name="test"))
    state = (await bus.jetstream.stream_info("CMD")).state
    await bus.close()
    return int(state.messages)


def ask_and_wait(system: QueueSystem, path: Path) -> float:
    """Ask for something interactive; give the seconds until a child began with it."""
    asked = system.ask("create", what=f"hear {path}", lane="interactive", run_id=2)
    deadline = time.monotonic() + 60
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < deadline, "never begun"
        time.sleep(0.005)
    return float(path.read_text()) - float(asked["at"])


def test_an_interactive_job_does_not_wait_for_a_hundred_thousand(
    queue_system: QueueSystem, tmp_path: Path
) -> None:
    warm_up_s = ask_and_wait(queue_system, tmp_path / "warm-up")  # its child process is there from now on
    before = {name: queue_system.rss_bytes(name) for name in ("publisher", "consumer", "worker")}
    queue_system.ask("fill", what="nap", n=N_BULK, run_id=1)
    while queue_system.ask("states", run_id=1)["done"] < 100:
        time.sleep(0.1)
    delays_s = [ask_and_wait(queue_system, tmp_path / str(number)) for number in range(N_ASKED)]
    assert asyncio.run(n_commands(queue_system.server.url)) <= WINDOW_JOBS + 1
    states = queue_system.ask("states", run_id=1)
    assert states["waiting"] > 0.9 * N_BULK
    assert states["sent"] + states["running"] <= WINDOW_JOBS
    for name, rss_bytes in before.items():
        assert queue_system.rss_bytes(name) - rss_bytes < MEMORY_BYTES, name
    log.info(
        "behind %d bulk jobs: median %.0f ms, longest %.0f ms (the very first %.1f s)",
        N_BULK, 1e3 * statistics.median(delays_s), 1e3 * max(delays_s), warm_up_s,
    )  # fmt: skip
    assert statistics.median(delays_s) <= 0.25
    assert queue_system.ask("cancel", run_id=1)["n"] > 0.9 * N_BULK
