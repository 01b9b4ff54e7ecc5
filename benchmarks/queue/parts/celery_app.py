"""The same job for Celery, set up as carefully as Celery allows.

    CELERY_BROKER=redis://… celery -A benchmarks.queue.parts.celery_app worker

The message is acknowledged after the work, goes back to the queue when the process that worked on it is
lost, is persistent, and with RabbitMQ its sending is confirmed. The result is the job's row in the database,
written by the same function that our consumer ends jobs with.
"""

import os

import django
from celery import Celery

from benchmarks.queue.parts.trivial_service import checksum

os.environ["DJANGO_SETTINGS_MODULE"] = "services.main_app.settings"
django.setup()

from services.main_app.jobs.database import keep_connections  # noqa: E402  Django is there only now
from services.main_app.jobs.lifecycle import finish  # noqa: E402
from services.main_app.jobs.models import Job  # noqa: E402

keep_connections()
app = Celery("benchmark", broker=os.environ["CELERY_BROKER"])
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_default_delivery_mode="persistent",
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"confirm_publish": True} if "amqp" in os.environ["CELERY_BROKER"] else {},
)


@app.task
def work(job_id: str, text: str) -> None:
    value = checksum(text)
    finish(job_id, attempt=1, state=Job.State.DONE, message=str(value))
