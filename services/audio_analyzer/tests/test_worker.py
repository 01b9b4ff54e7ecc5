"""Batches in a real child process: one bad sound costs no other its result."""

import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from services.audio_analyzer import batches
from services.audio_analyzer.nodes import NODE_VERSION
from services.audio_analyzer.tests.conftest import sine
from services.audio_analyzer.worker import analyze_audio
from shared.python.child import Child, ChildSettings
from shared.python.errors import ConfigError, UnavailableError
from shared.python.messages import AnalyzeAudio, AnalyzedFile
from shared.python.models import AudioFile, FailureCode, Outcome
from shared.python.storage import file_url


class ChildTask:
    """What `analyze_audio` needs of a task: a real child, and somebody who hears of the progress."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self.fractions: list[float] = []
        self.calls: list[str] = []

    async def call(self, function: str, *arguments: Any, timeout_s: float, reports: bool = False) -> Any:
        self.calls.append(function.split(":")[1])
        report = self.report if reports else None
        return await self._child.call(function, *arguments, timeout_s=timeout_s, report=report)

    async def report(self, fraction: float, _url: str | None = None) -> None:
        self.fractions.append(fraction)

    progress = report


@pytest.fixture
async def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ChildTask]:
    monkeypatch.setenv("STORAGE_URL", file_url(tmp_path / "blobs"))
    child = Child(
        ChildSettings(
            preload=("services.audio_analyzer.tests.poison",), warm_up="services.audio_analyzer.jobs:warm_up"
        )
    )
    yield ChildTask(child)
    await child.stop()


@pytest.fixture
def batch(tmp_path: Path, write: Callable[..., Path]) -> Callable[..., AnalyzeAudio]:
    def named(*names: str) -> AnalyzeAudio:
        files = []
        for number, name in enumerate(names):
            content = write(sine(220 * (number + 1), 0.3)).read_bytes()
            path = tmp_path / name
            path.write_bytes(content)
            files.append(
                AudioFile(
                    content_hash=hashlib.sha256(content).hexdigest(),
                    url=file_url(path),
                    path=name,
                    size_bytes=len(content),
                )
            )
        return AnalyzeAudio(job_id="a" * 32, files=tuple(files), node_version=NODE_VERSION)

    return named


async def outcomes(command: AnalyzeAudio, task: ChildTask) -> list[tuple[Outcome, str | None]]:
    event = await analyze_audio(command, task)  # type: ignore[arg-type]
    assert [file.content_hash for file in event.files] == [file.content_hash for file in command.files]
    return [_outcome(file) for file in event.files]


def _outcome(file: AnalyzedFile) -> tuple[Outcome, str | None]:
    return file.outcome, file.code


async def test_a_batch_of_good_sounds_takes_one_call(
    task: ChildTask, batch: Callable[..., AnalyzeAudio]
) -> None:
    command = batch("a.wav", "b.wav", "c.wav")
    assert await outcomes(command, task) == [(Outcome.ANALYZED, None)] * 3
    assert task.calls == ["analyze_all"]


@pytest.mark.parametrize(
    ("name", "code"), [("crash.wav", FailureCode.CRASHED), ("burst.wav", FailureCode.OUT_OF_MEMORY)]
)
async def test_only_the_bad_sound_fails(
    name: str, code: FailureCode, task: ChildTask, batch: Callable[..., AnalyzeAudio]
) -> None:
    command = batch("a.wav", name, "b.wav")
    good = (Outcome.ANALYZED, None)
    assert await outcomes(command, task) == [good, (Outcome.FAILED, code), good]


async def test_a_sound_that_never_ends_is_ended(
    task: ChildTask, batch: Callable[..., AnalyzeAudio], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "_BASE_TIME_S", 10.0)
    command = batch("a.wav", "hang.wav", "b.wav")
    good = (Outcome.ANALYZED, None)
    assert await outcomes(command, task) == [good, (Outcome.FAILED, FailureCode.TIMED_OUT), good]


async def test_sounds_are_sliced_where_that_is_wanted(
    task: ChildTask, batch: Callable[..., AnalyzeAudio]
) -> None:
    command = batch("one.wav", "two.wav")
    wanted = command.model_copy(update={"parameters": {"slicing": "events"}})
    event = await analyze_audio(wanted, task)  # type: ignore[arg-type]
    assert [file.outcome for file in event.files] == [Outcome.ANALYZED] * 2
    assert all(file.result_url and file.slices_url for file in event.files)
    assert task.calls == ["analyze_all", "slice_all"]
    unasked = await analyze_audio(command, task)  # type: ignore[arg-type]
    assert [file.slices_url for file in unasked.files] == [None, None]


async def test_parameters_that_nobody_knows_are_refused(
    task: ChildTask, batch: Callable[..., AnalyzeAudio]
) -> None:
    misspelt = batch("one.wav").model_copy(update={"parameters": {"slicng": "events"}})
    with pytest.raises(ConfigError, match="slicng"):
        await analyze_audio(misspelt, task)  # type: ignore[arg-type]


async def test_a_command_for_another_version_is_not_carried_out_by_this_one(
    task: ChildTask, batch: Callable[..., AnalyzeAudio]
) -> None:
    command = batch("a.wav").model_copy(update={"node_version": NODE_VERSION - 1})
    with pytest.raises(UnavailableError, match=f"version {NODE_VERSION} is here"):
        await analyze_audio(command, task)  # type: ignore[arg-type]
    assert task.calls == []
