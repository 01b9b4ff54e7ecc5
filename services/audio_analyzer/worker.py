"""The audio_analyzer's worker: batches of sounds from the queue, listened to in a child process.

A sound that crashes, hangs or bursts its child is one failed sound: its batch goes on in a new child.
"""

import logging
import os
from collections.abc import Sequence

from services.audio_analyzer.nodes import NODE_SPECS
from shared.python.child import ChildDiedError, ChildSettings, TimedOutError
from shared.python.errors import LimitError
from shared.python.messages import AnalyzeAudio, AnalyzedFile, AudioAnalyzed
from shared.python.models import AudioFile, FailureCode, Outcome
from shared.python.task import Task
from shared.python.worker import Service, run_worker

MEMORY_BYTES = 3 * 1024**3
_TRIES = 2
_BASE_TIME_S = 60.0
_BYTES_PER_S = 500_000
"""Slower than any machine reads the densest format; what takes longer will not end."""


log = logging.getLogger(__name__)


async def analyze_audio(command: AnalyzeAudio, task: Task) -> AudioAnalyzed:
    """Measure a batch."""
    results = await _analyze_together(command.files, command.node_version, task)
    return AudioAnalyzed(job_id=command.job_id, files=tuple(results))


async def _analyze_together(
    files: Sequence[AudioFile], node_version: int, task: Task
) -> Sequence[AnalyzedFile]:
    """Measure a batch in one call; when that ends badly, sound by sound, so that the culprit is known.

    What was measured before the end is stored, and is not measured again.
    """
    if len(files) > 1:
        try:
            results: Sequence[AnalyzedFile] = await task.call(
                "services.audio_analyzer.jobs:analyze_all",
                files,
                node_version,
                timeout_s=_time_for(files),
                reports=True,
            )
        except (ChildDiedError, TimedOutError, LimitError) as error:
            log.warning("one of %d sounds is too much: %s", len(files), error.message)
        else:
            return results
    one_by_one: list[AnalyzedFile] = []
    for file in files:
        await task.progress(len(one_by_one) / len(files))
        one_by_one.append(await _analyze(file, node_version, task))
    return one_by_one


def _time_for(files: Sequence[AudioFile]) -> float:
    return _BASE_TIME_S + sum(file.size_bytes for file in files) / _BYTES_PER_S


async def _analyze(file: AudioFile, node_version: int, task: Task) -> AnalyzedFile:
    for tries_left in reversed(range(_TRIES)):
        try:
            result: AnalyzedFile = await task.call(
                "services.audio_analyzer.jobs:analyze", file, node_version, timeout_s=_time_for((file,))
            )
            return result
        except ChildDiedError as error:
            # Once may be chance (the machine ran out of memory for all); twice is the sound.
            if not tries_left:
                return failed(file, code=FailureCode.CRASHED, message=f"The decoder crashed: {error.message}")
        except TimedOutError as error:
            return failed(file, code=FailureCode.TIMED_OUT, message=f"Listening to it {error.message}")
        except LimitError as error:
            return failed(file, code=FailureCode.OUT_OF_MEMORY, message=error.message)
    raise AssertionError("unreachable: the last try returns")


def failed(file: AudioFile, *, code: FailureCode, message: str) -> AnalyzedFile:
    return AnalyzedFile(content_hash=file.content_hash, outcome=Outcome.FAILED, code=code, message=message)


def main() -> None:
    run_worker(
        Service(
            name="audio_analyzer",
            node_specs=NODE_SPECS,
            handlers={AnalyzeAudio: analyze_audio},
            child=ChildSettings(
                preload=("services.audio_analyzer.jobs",),
                warm_up="services.audio_analyzer.jobs:warm_up",
                memory_bytes=MEMORY_BYTES,
                # One slot is one thread: slots are what makes use of the cores.
                environment={"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"},
            ),
            bulk_slots=int(os.environ.get("WORKER_SLOTS", os.cpu_count() or 1)),
        )
    )
