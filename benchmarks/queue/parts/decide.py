"""Decides jobs, as requests and scans do: rows in transactions, and then whatever sends them.

    python -m benchmarks.queue.parts.decide ours|celery N PER_TRANSACTION JOBS_PER_S

With a rate of 0 as fast as it goes.
"""

import os
import sys
import time

import django

TEXT = "blob:layouts/1/1/coordinates.npy"


def decide_ours() -> None:
    from benchmarks.queue.parts.trivial_service import NAME
    from services.main_app.jobs.lifecycle import create_job
    from shared.python.messages import ClusterSounds
    from shared.python.models import Lane

    payload = {"layout_url": TEXT, "output_prefix": "x"}
    create_job(ClusterSounds, service=NAME, lane=Lane.BULK, node="trivial", payload=payload, run_id=None)


def decide_celery() -> None:
    from django.db import transaction

    from benchmarks.queue.parts.celery_app import work
    from benchmarks.queue.parts.trivial_service import NAME
    from services.main_app.jobs.models import Job

    job = Job.objects.create(service=NAME, lane="bulk", node="trivial", command="ClusterSounds", payload={})
    transaction.on_commit(lambda: work.delay(job.id, TEXT))


def main(side: str, n: int, per_transaction: int, jobs_per_s: float) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "services.main_app.settings"
    django.setup()
    from django.db import transaction

    from services.main_app.jobs.database import keep_connections

    keep_connections()
    decide = decide_ours if side == "ours" else decide_celery
    began_s = time.monotonic()
    for first in range(0, n, per_transaction):
        if jobs_per_s:
            time.sleep(max(0.0, began_s + first / jobs_per_s - time.monotonic()))
        with transaction.atomic():
            for _ in range(min(per_transaction, n - first)):
                decide()
    time.sleep(0.1)  # the doorbell rings in a thread of its own


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
