"""A service whose job is next to nothing: what is left is what the queue costs.

python -m benchmarks.queue.parts.trivial_service
"""

import os
import zlib

from shared.python.messages import ClusterSounds, SoundsClustered
from shared.python.models import NodeKind, NodeSpec
from shared.python.task import Task
from shared.python.worker import Service, run_worker

NAME = "umap_service"
SPEC = NodeSpec(type="trivial", kind=NodeKind.CLUSTER, title="Trivial", version=1, service=NAME, output="x")


def checksum(text: str) -> int:
    """Do the whole of the work."""
    return zlib.crc32(text.encode())


async def work(command: ClusterSounds, task: Task) -> SoundsClustered:
    value = await task.call(
        "benchmarks.queue.parts.trivial_service:checksum", command.layout_url, timeout_s=60
    )
    return SoundsClustered(job_id=command.job_id, labels_url=str(value), n_clusters=0, seconds=0)


if __name__ == "__main__":
    run_worker(
        Service(
            name=NAME,
            node_specs=(SPEC,),
            handlers={ClusterSounds: work},
            bulk_slots=int(os.environ["WORKER_SLOTS"]),
        )
    )
