"""The umap_service's worker: layouts, placements and clusters from the queue, computed in a child process."""

import os
from typing import Any

from services.umap_service.nodes import NODE_SPECS
from shared.python.child import ChildSettings
from shared.python.messages import (
    ClusterSounds,
    LayOutSounds,
    PlaceSounds,
    SoundsClustered,
    SoundsLaidOut,
    SoundsPlaced,
)
from shared.python.models import Lane
from shared.python.task import Task
from shared.python.worker import Service, run_worker

TIME_LIMIT_S = 3600.0


async def lay_out(command: LayOutSounds, task: Task) -> SoundsLaidOut:
    result = await _call(
        "lay_out", command.matrix_url, command.output_prefix, command.method, command.parameters, task=task
    )
    return SoundsLaidOut(job_id=command.job_id, **result)


async def place(command: PlaceSounds, task: Task) -> SoundsPlaced:
    result = await _call(
        "place",
        command.matrix_url,
        command.layout_url,
        command.new_matrix_url,
        command.output_prefix,
        command.parameters,
        task=task,
    )
    return SoundsPlaced(job_id=command.job_id, **result)


async def cluster(command: ClusterSounds, task: Task) -> SoundsClustered:
    result = await _call("cluster", command.layout_url, command.output_prefix, command.parameters, task=task)
    return SoundsClustered(job_id=command.job_id, **result)


async def _call(function: str, *arguments: Any, task: Task) -> dict[str, Any]:
    result: dict[str, Any] = await task.call(
        f"services.umap_service.jobs:{function}", *arguments, timeout_s=TIME_LIMIT_S, reports=True
    )
    return result


def main() -> None:
    threads = str(os.cpu_count() or 1)
    run_worker(
        Service(
            name="umap_service",
            node_specs=NODE_SPECS,
            handlers={LayOutSounds: lay_out, PlaceSounds: place, ClusterSounds: cluster},
            child=ChildSettings(
                preload=("services.umap_service.jobs",),
                warm_up="services.umap_service.jobs:warm_up",
                environment={"OPENBLAS_NUM_THREADS": threads},
            ),
            prepared=(Lane.INTERACTIVE,),  # where nearly all layouts are computed
            bulk_slots=1,
        )
    )
