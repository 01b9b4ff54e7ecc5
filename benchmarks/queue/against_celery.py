"""Jobs a second, and how long one job takes, for our queue and for Celery on Redis and on RabbitMQ.

    python benchmarks/queue/against_celery.py [--jobs N] [--rate N] [--seconds N] [--rounds N] [--slots N]

All sides do the same: a job is a row in an SQLite database, decided in a transaction; a child process
computes a checksum; the same function ends the row. Saturation: many jobs decided at once, from the first
decision to the last result. Latency: jobs decided one by one at a modest rate, from the row's creation to its
end. CPU: of all processes of that side, the deciding one included, at saturation. Rounds are interleaved;
medians.

What each side promises is not the same:

ours        The queue writes to the disk before it says yes. A job whose sender dies between deciding and
            sending is sent all the same (outbox). A lost queue loses no job (reconciler); a lost worker's job
            is given out again after the lease of 10 s, however long jobs take. A job is counted once (inbox,
            attempts).
redis       Its log is flushed to the disk before every answer. A sender that dies after its transaction has
            lost the job; so has a lost queue. A lost worker's job comes again after the visibility timeout of
            an hour; a job that takes longer than that runs twice.
rabbitmq    Persistent messages in a durable queue, each confirmed. A sender that dies after its transaction
            has lost the job; so has a lost queue. A lost worker's job is given out again at once; one that
            takes longer than 30 min closes its channel.
"""

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.queue.parts.brokers import celery_directory, missing_server, start_rabbitmq, start_redis
from benchmarks.queue.parts.processes import Programs, Usage, programs, wait_until
from benchmarks.queue.parts.system import plan_system
from benchmarks.queue.parts.trivial_service import NAME

PER_TRANSACTION = 16
BROKERS = {"redis": start_redis, "rabbitmq": start_rabbitmq}


@dataclass
class Side:
    """One queue with its workers, and what was measured of it."""

    name: str
    directory: Path
    running: Programs
    environment: dict[str, str]
    jobs_per_s: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    latency_ms: list[float] = field(default_factory=list)
    usage: dict[str, float] = field(default_factory=dict)

    def decide(self, n: int, *, per_transaction: int = 1, jobs_per_s: float = 0.0) -> float:
        """Decide jobs in a process of its own, wait until all are done, and give that process's CPU time."""
        side = "ours" if self.name == "ours" else "celery"
        before = os.times()
        subprocess.run(
            [sys.executable, "-m", "benchmarks.queue.parts.decide", side, str(n), str(per_transaction),
             str(jobs_per_s)],
            env={**os.environ, **self.environment}, cwd=self.directory, check=True,
        )  # fmt: skip
        after = os.times()
        wait_until(lambda: self._all_ended(n), what=f"{self.name}: the end of {n} jobs", timeout_s=900)
        return (after.children_user + after.children_system) - (before.children_user + before.children_system)

    def _all_ended(self, n: int) -> bool:
        self.running.require_alive()
        with closing(sqlite3.connect(self.directory / "tonotope.sqlite3", timeout=30)) as connection:
            query = "SELECT count(*) FROM jobs_job WHERE state IN ('done', 'failed', 'cancelled')"
            return int(connection.execute(query).fetchone()[0]) == n

    def take_times(self) -> np.ndarray:
        """Give when each job was decided and when it ended, in seconds, and forget the jobs."""
        time.sleep(1)  # for what is still being noted of them
        with closing(sqlite3.connect(self.directory / "tonotope.sqlite3", timeout=30)) as connection:
            rows = connection.execute("SELECT created_at, finished_at, state FROM jobs_job").fetchall()
            connection.execute("DELETE FROM jobs_job")
            connection.commit()
        if any(state != "done" for _, _, state in rows):
            raise RuntimeError(f"{self.name}: not all jobs ended well")
        return np.array([[datetime.fromisoformat(time).timestamp() for time in times] for *times, _ in rows])

    def saturate(self, n: int, *, start_up_s: float) -> None:
        before = self.running.usage()
        deciding_s = self.decide(n, per_transaction=PER_TRANSACTION) - start_up_s
        after = self.running.usage()
        spent = {name: used.cpu_s - before.get(name, Usage()).cpu_s for name, used in after.items()}
        self.usage = {"deciding": 1000 * deciding_s / n} | {k: 1000 * s / n for k, s in spent.items()}
        decided, ended = self.take_times().T
        self.jobs_per_s.append(n / (ended.max() - decided.min()))
        self.cpu_ms.append(sum(self.usage.values()))

    def take_time(self, n: int, *, jobs_per_s: float) -> None:
        self.decide(n, jobs_per_s=jobs_per_s)
        decided, ended = self.take_times().T
        self.latency_ms += list(1000 * (ended - decided))


def start_ours(directory: Path, running: Programs, *, slots: int) -> Side:
    _, plan = plan_system(directory)
    environment = {**plan.environment, "WORKER_SLOTS": str(slots)}
    worker = (sys.executable, "-m", "benchmarks.queue.parts.trivial_service")
    for program in plan.programs:
        if program.name in ("queue", "publisher", "consumer", "reconciler", NAME):
            command = worker if program.name == NAME else program.command
            running.start(program.name, command, environment={**environment, **program.environment})
    return Side("ours", directory, running, environment)


def start_celery(broker: str, directory: Path, running: Programs, *, slots: int) -> Side:
    _, plan = plan_system(directory)
    environment = {
        **plan.environment,
        "PYTHONPATH": os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), str(celery_directory())))),
        "CELERY_BROKER": BROKERS[broker](running, directory / broker),
    }
    command = [
        sys.executable, "-m", "celery", "-A", "benchmarks.queue.parts.celery_app", "worker",
        "--concurrency", str(slots), "--loglevel", "WARNING",
        "--without-gossip", "--without-mingle",
    ]  # fmt: skip
    running.start("celery", command, environment=environment)
    return Side(broker, directory, running, environment)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=10.0, help="jobs a second")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long jobs come at that rate")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--slots", type=int, default=2)
    options = parser.parse_args()
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tonotope-queue-")))
        sides = []
        for name in ("ours", *BROKERS):
            if name != "ours" and (missing := missing_server(name)):
                print(f"Celery on {name} is left out: {missing}", flush=True)
                continue
            directory = root / name
            directory.mkdir()
            running = stack.enter_context(programs(directory))
            if name == "ours":
                sides.append(start_ours(directory, running, slots=options.slots))
            else:
                sides.append(start_celery(name, directory, running, slots=options.slots))
        measure(sides, options)
    report(sides)


def measure(sides: list[Side], options: argparse.Namespace) -> None:
    start_up_s = {}
    for side in sides:
        side.decide(50, per_transaction=PER_TRANSACTION)  # everybody is awake now
        side.take_times()
        start_up_s[side.name] = side.decide(0)
    for _ in range(options.rounds):
        for side in sides:
            side.saturate(options.jobs, start_up_s=start_up_s[side.name])
        for side in sides:
            side.take_time(round(options.rate * options.seconds), jobs_per_s=options.rate)


def report(sides: list[Side]) -> None:
    print(f"{'':12s}{'jobs/s':>10s}{'CPU ms/job':>12s}{'p50 ms':>10s}{'p99 ms':>10s}")
    for side in sides:
        p50, p99 = np.percentile(side.latency_ms, (50, 99))
        speed, cpu_ms = median(side.jobs_per_s), median(side.cpu_ms)
        print(f"{side.name:12s}{speed:10.0f}{cpu_ms:12.2f}{p50:10.1f}{p99:10.1f}")
    ours, *others = sides
    for side in others:
        speed = median(ours.jobs_per_s) / median(side.jobs_per_s)
        latency = median(ours.latency_ms) / median(side.latency_ms)
        print(f"ours against {side.name}: {speed:.2f}x the jobs/s, {latency:.2f}x the latency")
    for side in sides:
        parts = ", ".join(f"{name} {cpu_ms:.2f}" for name, cpu_ms in side.usage.items())
        print(f"CPU ms/job of {side.name}, last round: {parts}")


if __name__ == "__main__":
    main()
