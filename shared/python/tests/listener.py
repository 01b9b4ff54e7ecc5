"""A service for the tests: ``python -m shared.python.tests.listener`` runs its worker."""

import os
import signal

from shared.python.child import ChildSettings
from shared.python.errors import UnavailableError
from shared.python.messages import ClusterSounds, SoundsClustered
from shared.python.models import NodeKind, NodeSpec
from shared.python.task import Task
from shared.python.worker import Service, run_worker

FUNCTIONS = "shared.python.tests.child_functions"
NAME = "listener"
SPEC = NodeSpec(
    type="listen", kind=NodeKind.CLUSTER, title="Listen", version=1, service=NAME, output="clusters"
)
TIME_LIMIT_S = 60.0


async def handle(command: ClusterSounds, task: Task) -> SoundsClustered:
    """Does what `layout_url` says, so that each test can ask for another fate."""
    what, _, argument = command.layout_url.partition(" ")
    if what == "unavailable":
        raise UnavailableError("the disk is away")
    if what == "crash-worker":
        os.kill(os.getpid(), signal.SIGKILL)
    arguments = [argument] if argument else []
    if what == "count_up":
        await task.call(f"{FUNCTIONS}:count_up", 3, timeout_s=TIME_LIMIT_S, reports=True)
    elif what == "loop":
        await task.call(f"{FUNCTIONS}:loop", timeout_s=0.5)
    else:
        await task.call(f"{FUNCTIONS}:{what}", *arguments, timeout_s=TIME_LIMIT_S)
    return SoundsClustered(job_id=command.job_id, labels_url="blob:labels", n_clusters=1, seconds=0)


SERVICE = Service(
    name=NAME,
    node_specs=(SPEC,),
    handlers={ClusterSounds: handle},
    child=ChildSettings(preload=(FUNCTIONS,), memory_bytes=1 << 34),
)

if __name__ == "__main__":
    run_worker(SERVICE)
