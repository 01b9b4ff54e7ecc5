"""Has batches of sounds worked on in the child, so that a bad sound costs no other its result.

A sound that crashes, hangs or bursts its child is one failed sound: its batch goes on in a new child.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.python.child import ChildDiedError, TimedOutError
from shared.python.errors import LimitError
from shared.python.messages import AnalyzedFile
from shared.python.models import AudioFile, FailureCode, Outcome
from shared.python.task import Task

_TRIES = 2
_BASE_TIME_S = 60.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Work:
    """What is done with the sounds of a batch.

    Attributes
    ----------
    together
        ``module:function`` that takes ``(files, *arguments, report=…)`` and gives a result for each.
    alone
        ``module:function`` that takes ``(file, *arguments)``.
    bytes_per_s
        So slow is no machine that will ever be done with a sound.
    who
        Who crashes when the child does, in a sentence for people.
    """

    together: str
    alone: str
    arguments: tuple[Any, ...]
    bytes_per_s: int
    who: str

    def time_for(self, files: Sequence[AudioFile]) -> float:
        """Give how many seconds the work on these sounds may take."""
        return _BASE_TIME_S + sum(file.size_bytes for file in files) / self.bytes_per_s


async def carry_out(work: Work, files: Sequence[AudioFile], task: Task) -> tuple[AnalyzedFile, ...]:
    """Do a batch in one call; when that ends badly, sound by sound, so that the culprit is known.

    What was done before the end is stored, and is not done again.
    """
    if len(files) > 1:
        try:
            results: Sequence[AnalyzedFile] = await task.call(
                work.together, files, *work.arguments, timeout_s=work.time_for(files), reports=True
            )
        except (ChildDiedError, TimedOutError, LimitError) as error:
            log.warning("one of %d sounds is too much: %s", len(files), error.message)
        else:
            return tuple(results)
    one_by_one: list[AnalyzedFile] = []
    for file in files:
        await task.progress(len(one_by_one) / len(files))
        one_by_one.append(await _alone(work, file, task))
    return tuple(one_by_one)


async def _alone(work: Work, file: AudioFile, task: Task) -> AnalyzedFile:
    for tries_left in reversed(range(_TRIES)):
        try:
            result: AnalyzedFile = await task.call(
                work.alone, file, *work.arguments, timeout_s=work.time_for((file,))
            )
            return result
        except ChildDiedError as error:
            # Once may be chance (the machine ran out of memory for all); twice is the sound.
            if not tries_left:
                return _failed(file, FailureCode.CRASHED, f"{work.who} crashed: {error.message}")
        except TimedOutError as error:
            return _failed(file, FailureCode.TIMED_OUT, f"Listening to it {error.message}")
        except LimitError as error:
            return _failed(file, FailureCode.OUT_OF_MEMORY, error.message)
    raise AssertionError("unreachable: the last try returns")


def _failed(file: AudioFile, code: FailureCode, message: str) -> AnalyzedFile:
    return AnalyzedFile(content_hash=file.content_hash, outcome=Outcome.FAILED, code=code, message=message)
