"""Decides and asks in main_app's name, as its web process would: ``python -m tests.system.queue.driver``.

A process of its own, because Django is set up once in a process, for one database. Reads commands as lines of
JSON, answers each with one.
"""

import json
import os
import sys
import time
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "services.main_app.settings")
django.setup()

from services.main_app.jobs.lifecycle import cancel_jobs, create_job  # noqa: E402
from services.main_app.jobs.models import Job, OutboxMessage  # noqa: E402
from shared.python.messages import ClusterSounds, command_subject, wrap  # noqa: E402
from shared.python.models import Lane  # noqa: E402
from shared.python.tests.listener import NAME  # noqa: E402

_ROWS = 2000


def create(what: str, *, lane: str, run_id: int) -> dict[str, Any]:
    """Decide one job, as everybody does."""
    payload = {"layout_url": what, "output_prefix": "x"}
    job = create_job(
        ClusterSounds, service=NAME, lane=Lane(lane), node="listen", payload=payload, run_id=run_id
    )
    return {"job_id": job.id, "at": time.time()}


def fill(what: str, *, n: int, run_id: int) -> dict[str, Any]:
    """Decide very many bulk jobs; ``{n}`` in `what` is the number of each. Written as `create_job` does."""
    subject = command_subject(NAME, Lane.BULK)
    for start in range(0, n, _ROWS):
        jobs, outbox = [], []
        for number in range(start, min(n, start + _ROWS)):
            payload = {"layout_url": what.replace("{n}", str(number)), "output_prefix": "x"}
            job = Job(
                run_id=run_id, node="listen", service=NAME, lane=Lane.BULK, command="ClusterSounds",
                payload=payload,
            )  # fmt: skip
            key = f"{job.id}:1"
            command = ClusterSounds.model_validate({**payload, "job_id": job.id})
            body = wrap(command, source="main_app", subject=subject, idempotency_key=key).encode()
            jobs.append(job)
            outbox.append(
                OutboxMessage(
                    subject=subject, idempotency_key=key, body=body, lane_key=f"{NAME}.bulk", job_id=job.id
                )
            )
        Job.objects.bulk_create(jobs)
        OutboxMessage.objects.bulk_create(outbox)
    return {"n": n}


def cancel(*, run_id: int) -> dict[str, Any]:
    return {"n": cancel_jobs(run_id), "at": time.time()}


def states(*, run_id: int) -> dict[str, Any]:
    found = Job.objects.filter(run_id=run_id).order_by().values_list("state")
    return {state: found.filter(state=state).count() for state in Job.State.values}


_COMMANDS = {function.__name__: function for function in (create, fill, cancel, states)}


def main() -> None:
    for line in sys.stdin:
        name, arguments = json.loads(line)
        sys.stdout.write(json.dumps(_COMMANDS[name](**arguments)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
