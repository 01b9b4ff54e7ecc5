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
from benchmarks.queue.parts.processes import Programs, programs
from benchmarks.queue.parts.system import plan_system, use_database
from benchmarks.queue.parts.trivial_service import NAME
from shared.python.bus import Bus
from shared.python.bus_settings import BusSettings

_ROWS = 5000
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
        began_s = time.monotonic()
        decide(options.jobs)
        print(f"{options.jobs} jobs decided in {time.monotonic() - began_s:.0f} s", flush=True)
        worker = (sys.executable, "-m", "benchmarks.queue.parts.trivial_service")
        for program in plan.programs:
            if program.name in ("queue", "publisher", "consumer", "reconciler", NAME):
                running.start(
                    program.name,
                    worker if program.name == NAME else program.command,
                    environment={
                        **plan.environment, **program.environment, "WORKER_SLOTS": str(options.slots)
                    },
                )  # fmt: skip
        url = plan.environment["NATS_URL"]
        for look in range(_LOOKS + 1):
            show(running, look_s=look * options.seconds / _LOOKS, url=url, with_titles=look == 0)
            if look < _LOOKS:
                time.sleep(options.seconds / _LOOKS)
        cancel()


def decide(n: int) -> None:
    """Write jobs and their messages as `create_job` does, many at a time."""
    from django.db import transaction

    from services.main_app.jobs.models import Job, OutboxMessage, new_job_id
    from services.main_app.jobs.outbox import lane_key
    from shared.python.messages import ClusterSounds, command_subject, wrap
    from shared.python.models import Lane

    payload = {"layout_url": TEXT, "output_prefix": "x"}
    subject = command_subject(NAME, Lane.BULK)
    for first in range(0, n, _ROWS):
        jobs = [
            Job(id=new_job_id(), run_id=1, node="trivial", service=NAME, lane=Lane.BULK,
                command=ClusterSounds.__name__, payload=payload)
            for _ in range(min(_ROWS, n - first))
        ]  # fmt: skip
        messages = []
        for job in jobs:
            command = ClusterSounds.model_validate({**payload, "job_id": job.id})
            key = f"{job.id}:1"
            envelope = wrap(command, source="main_app", subject=subject, idempotency_key=key, attempt=1)
            messages.append(
                OutboxMessage(subject=subject, idempotency_key=key, body=envelope.encode(),
                              lane_key=lane_key(NAME, Lane.BULK), job=job)
            )  # fmt: skip
        with transaction.atomic():
            Job.objects.bulk_create(jobs)
            OutboxMessage.objects.bulk_create(messages)


def show(running: Programs, *, look_s: float, url: str, with_titles: bool) -> None:
    from services.main_app.jobs.models import Job

    usage = running.usage()
    if with_titles:
        print(f"{'after':>8s}{'done':>10s}{'in queue':>10s}" + "".join(f"{name:>24s}" for name in usage))
    done = Job.objects.filter(state=Job.State.DONE).count()
    memory = "".join(f"{used.pss_bytes / 1e6:>21.0f} MB" for used in usage.values())
    print(f"{look_s:6.0f} s{done:10d}{asyncio.run(n_commands(url)):10d}{memory}", flush=True)


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
    n = cancel_jobs(1)
    print(f"{n} jobs cancelled in {time.monotonic() - began_s:.1f} s", flush=True)


if __name__ == "__main__":
    main()
