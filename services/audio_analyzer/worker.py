"""The audio_analyzer's worker: batches of sounds from the queue, listened to in a child process."""

import os
from collections.abc import Sequence
from dataclasses import replace

from services.audio_analyzer.batches import Work, carry_out
from services.audio_analyzer.embedding.worker import embed_audio, offered_nodes
from services.audio_analyzer.nodes import NODE_SPECS, NODE_VERSION
from shared.python.child import ChildSettings
from shared.python.errors import UnavailableError
from shared.python.messages import AnalyzeAudio, AnalyzedFile, AudioAnalyzed, EmbedAudio
from shared.python.models import Outcome
from shared.python.slices import SlicingParameters
from shared.python.task import Task
from shared.python.telemetry import set_up_telemetry
from shared.python.worker import Service, run_worker

MEMORY_BYTES = 3 * 1024**3
_TRIAL = ("services.audio_analyzer.embedding.trial",)
_BYTES_PER_S = 500_000
"""Slower than any machine reads the densest format."""


async def analyze_audio(command: AnalyzeAudio, task: Task) -> AudioAnalyzed:
    """Measure a batch, and slice its sounds where that is wanted.

    Raises
    ------
    UnavailableError
        When it is to be measured by another version than ours, which would be stored under a false name.
    """
    if command.node_version != NODE_VERSION:
        raise UnavailableError(
            f"version {command.node_version} was asked for, and version {NODE_VERSION} is here: "
            "an update came in between. Scan the source again"
        )
    slicing = SlicingParameters.of(command.parameters)
    work = Work(
        together="services.audio_analyzer.jobs:analyze_all",
        alone="services.audio_analyzer.jobs:analyze",
        arguments=(command.node_version,),
        bytes_per_s=_BYTES_PER_S,
        who="The decoder",
    )
    measured = await carry_out(work, command.files, task)
    if slicing.is_wanted:
        measured = await _sliced(command, slicing, measured, task)
    return AudioAnalyzed(job_id=command.job_id, files=measured)


async def _sliced(
    command: AnalyzeAudio, slicing: SlicingParameters, measured: Sequence[AnalyzedFile], task: Task
) -> tuple[AnalyzedFile, ...]:
    """Slice what could be measured; a sound that cannot be sliced has failed."""
    good = {result.content_hash for result in measured if result.outcome == Outcome.ANALYZED}
    work = Work(
        together="services.audio_analyzer.slices:slice_all",
        alone="services.audio_analyzer.slices:slice_sound",
        arguments=(command.node_version, slicing),
        bytes_per_s=_BYTES_PER_S,
        who="Slicing",
    )
    files = [file for file in command.files if file.content_hash in good]
    sliced = {result.content_hash: result for result in await carry_out(work, files, task)}
    return tuple(_joined(result, sliced.get(result.content_hash)) for result in measured)


def _joined(measured: AnalyzedFile, sliced: AnalyzedFile | None) -> AnalyzedFile:
    if sliced is None or sliced.outcome == Outcome.FAILED:
        return sliced or measured
    return measured.model_copy(update={"slices_url": sliced.result_url})


def main() -> None:
    child = ChildSettings(
        preload=("services.audio_analyzer.jobs",),
        warm_up="services.audio_analyzer.jobs:warm_up",
        memory_bytes=MEMORY_BYTES,
        # One slot is one thread: slots are what makes use of the cores.
        environment={"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"},
    )
    set_up_telemetry("audio_analyzer")
    run_worker(
        Service(
            name="audio_analyzer",
            node_specs=(*NODE_SPECS, *offered_nodes(replace(child, preload=_TRIAL, warm_up=None))),
            handlers={AnalyzeAudio: analyze_audio, EmbedAudio: embed_audio},
            child=child,
            bulk_slots=int(os.environ.get("WORKER_SLOTS", os.cpu_count() or 1)),
        )
    )
