"""Takes the commands of cancelled jobs out of the queue, so that nobody begins what nobody wants.

Workers are told of a cancellation too; but one that has just been started has not heard of it.
"""

import asyncio

from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from services.main_app.jobs.database import in_database
from services.main_app.jobs.lifecycle import jobs_to_withdraw, mark_withdrawn
from services.main_app.jobs.models import Job
from services.main_app.jobs.outbox import IDS_PER_MESSAGE, put_cancel
from shared.python.bus import Bus
from shared.python.messages import STREAM_COMMANDS
from shared.python.utils import batched

_AT_ONCE = 64


async def holds(jetstream: JetStreamContext, job: Job) -> bool:
    """Ask the queue whether it still has a job's command, waiting or on lease.

    Raises
    ------
    nats.errors.Error
        When the queue does not answer.
    """
    if job.queue_sequence is None:
        return False
    try:
        message = await jetstream.get_msg(STREAM_COMMANDS, job.queue_sequence)
    except NotFoundError:
        return False
    # After a wipe the numbers begin anew: at that place there may be another job now.
    return (message.headers or {}).get("Nats-Msg-Id") == f"{job.id}:{job.attempt}"


async def withdraw_cancelled(bus: Bus) -> int:
    """Delete the commands of cancelled jobs that the queue still has; give how many jobs were looked at.

    Raises
    ------
    nats.errors.Error
        When the queue does not answer; the next call makes up for it.
    """
    jobs = await in_database(jobs_to_withdraw)
    for some in batched(jobs, _AT_ONCE):
        await asyncio.gather(*(_withdraw(bus.jetstream, job) for job in some))
    if jobs:
        await in_database(_tell_again, jobs)
        await in_database(mark_withdrawn, jobs)
    return len(jobs)


async def _withdraw(jetstream: JetStreamContext, job: Job) -> None:
    if job.queue_sequence is not None and await holds(jetstream, job):
        try:
            await jetstream.delete_msg(STREAM_COMMANDS, job.queue_sequence)
        except NotFoundError:
            return  # finished meanwhile


def _tell_again(jobs: list[Job]) -> None:
    """Tell the workers: one may have taken a command after they were told, and before it was deleted."""
    for service in sorted({job.service for job in jobs}):
        for some in batched([job.id for job in jobs if job.service == service], IDS_PER_MESSAGE):
            put_cancel(service, some)
