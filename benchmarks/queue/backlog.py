"""A million jobs decided at once: what is in the queue meanwhile, and whether memory stays flat.

    python benchmarks/queue/backlog.py [--jobs 1000000] [--seconds 300] [--slots 2]

The jobs are trivial; they are written into the database in bulk, and the embedded system's own processes work
on them for as long as is asked for. Then all that is left is cancelled. Every line is one look: jobs done,
commands in the queue, and the memory of each process.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.queue.parts.decide import TEXT
from benchmarks.queue.parts.processes import Programs, programs, wait_until
from benchmarks.queue.parts.system import plan_system, use_database
from benchmarks.queue.parts.trivial_service import NAME
from launcher.programs import Program
from shared.python.bus import Bus
from shared.python.bus_settings import BusSettings

_ROWS = 20_000
RUN_ID = 1
_LOOKS = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--jobs", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--slots", type=int, default=2)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="tonotope-backlog-") as root,
        programs(Path(root)) as running,
    ):
        _, plan = plan_system(Path(root))
        use_database(plan)
        worker = (sys.executable, "-m", "benchmarks.queue.parts.trivial_service")
        wanted = [
            p for p in plan.programs if p.name in ("queue", "publisher", "consumer", "reconciler", NAME)
        ]
        environment = {**plan.environment, "WORKER_SLOTS": str(options.slots)}

        def start(program: Program) -> None:
            command = worker if program.name == NAME else program.command
            running.start(program.name, command, environment={**environment, **program.environment})

        start(wanted[0])  # the queue, at once: its port shall stay its own
        began_s = time.monotonic()
        decide(options.jobs)
        print(f"{options.jobs} jobs decided in {time.monotonic() - began_s:.0f} s", flush=True)
        for program in wanted[1:]:
            start(program)
        wait_until(lambda: n_done() > 0, what="the first job's end", timeout_s=600)
        url = plan.environment["NATS_URL"]
        for look in range(_LOOKS + 1):
            show(running, look_s=look * options.seconds / _LOOKS, url=url, with_titles=look == 0)
            if look < _LOOKS:
                time.sleep(options.seconds / _LOOKS)
        cancel()


def decide(n: int) -> None:
    """Write jobs and their messages as `create_job` does: one by itself, and the rest as its likenesses."""
    from django.db import connection, transaction

    from services.main_app.jobs.lifecycle import create_job
    from services.main_app.jobs.models import Job, OutboxMessage, new_job_id
    from shared.python.messages import ClusterSounds
    from shared.python.models import Lane

    payload = {"layout_url": TEXT, "output_prefix": "x"}
    first = create_job(
        ClusterSounds, service=NAME, lane=Lane.BULK, node="trivial", payload=payload, run_id=RUN_ID
    )
    message = first.outbox.get()
    columns = ", ".join(field.column for field in Job._meta.fields if field.column != "id")
    jobs, outbox = Job._meta.db_table, OutboxMessage._meta.db_table
    body = bytes(message.body)
    for begin in range(1, n, _ROWS):
        ids = [new_job_id() for _ in range(min(_ROWS, n - begin))]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {jobs} (id, {columns}) SELECT %s, {columns} FROM {jobs} WHERE id = %s",  # noqa: S608
                [(job_id, first.id) for job_id in ids],
            )
            cursor.executemany(
                f"INSERT INTO {outbox} (subject, idempotency_key, body, lane_key, job_id, created_at) "  # noqa: S608
                "VALUES (%s, %s, %s, %s, %s, %s)",
                [
                    (message.subject, f"{job_id}:1", body.replace(first.id.encode(), job_id.encode()),
                     message.lane_key, job_id, message.created_at)
                    for job_id in ids
                ],
            )  # fmt: skip


def show(running: Programs, *, look_s: float, url: str, with_titles: bool) -> None:
    usage = running.usage()
    if with_titles:
        print(f"{'after':>8s}{'done':>10s}{'in queue':>10s}" + "".join(f"{name:>24s}" for name in usage))
    memory = "".join(f"{used.pss_bytes / 1e6:>21.0f} MB" for used in usage.values())
    print(f"{look_s:6.0f} s{n_done():10d}{asyncio.run(n_commands(url)):10d}{memory}", flush=True)


def n_done() -> int:
    from services.main_app.jobs.models import Job

    return Job.objects.filter(state=Job.State.DONE).count()


async def n_commands(url: str) -> int:
    from nats.js.errors import NotFoundError

    bus = await Bus.connect(BusSettings.from_environment("main_app", urls=url))
    try:
        return int((await bus.jetstream.stream_info("CMD")).state.messages)
    except NotFoundError:
        return 0  # not declared yet
    finally:
        await bus.close()


def cancel() -> None:
    from services.main_app.jobs.lifecycle import cancel_jobs

    began_s = time.monotonic()
    n = cancel_jobs(RUN_ID)
    print(f"{n} jobs cancelled in {time.monotonic() - began_s:.1f} s", flush=True)


if __name__ == "__main__":
    main()
