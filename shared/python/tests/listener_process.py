"""A worker in a process of its own: ``python -m shared.python.tests.listener_process``."""

from shared.python.messages import Command, Event, JobCancelled
from shared.python.models import NodeKind, NodeSpec
from shared.python.task import Task
from shared.python.worker import Service, run_worker

NAME = "listener"


async def listen(command: Command, task: Task) -> Event:
    return JobCancelled(job_id=command.job_id)


if __name__ == "__main__":
    node = NodeSpec(
        type="listen",
        kind=NodeKind.ANALYZE,
        title="Listen",
        version=1,
        service=NAME,
        inputs=("sounds",),
        output="heard",
    )
    run_worker(Service(name=NAME, node_specs=(node,), handlers={Command: listen}))
