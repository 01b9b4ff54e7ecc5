"""Models in a real child process, with its limits: a bad model or sound costs nobody else anything."""

import hashlib
import logging
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import ModelProto

from services.audio_analyzer import batches
from services.audio_analyzer.embedding import worker
from services.audio_analyzer.embedding.folder import find_model
from services.audio_analyzer.embedding.worker import embed_audio, offered_nodes
from services.audio_analyzer.tests.embedding.made_models import (
    RATE_HZ,
    WAVEFORM,
    drop,
    endless,
    halves,
    hungry,
    mean_square,
)
from shared.python.child import Child, ChildSettings
from shared.python.errors import ConflictError, NotFoundError
from shared.python.messages import AnalyzedFile, EmbedAudio, embedding_key
from shared.python.models import AudioFile, EmbeddingDocument, FailureCode, Outcome
from shared.python.storage import Storage, file_url

SETTINGS = ChildSettings(
    preload=("services.audio_analyzer.embedding.jobs",),
    memory_bytes=3 * 1024**3,
    environment={"OPENBLAS_NUM_THREADS": "1"},
)


class ChildTask:
    """What `embed_audio` needs of a task: a real child."""

    def __init__(self, child: Child) -> None:
        self._child = child

    async def call(self, function: str, *arguments: Any, timeout_s: float, reports: bool = False) -> Any:
        report = self.report if reports else None
        return await self._child.call(function, *arguments, timeout_s=timeout_s, report=report)

    async def report(self, _fraction: float, _url: str | None = None) -> None:
        pass

    progress = report


@pytest.fixture
async def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path) -> AsyncIterator[ChildTask]:
    monkeypatch.setenv("STORAGE_URL", file_url(tmp_path / "blobs"))
    child = Child(SETTINGS)
    yield ChildTask(child)
    await child.stop()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EMBEDDING_MODELS_DIR", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def embed(tmp_path: Path, write: Callable[..., Path], folder: Path, task: ChildTask) -> Callable[..., Any]:
    """Give a function that drops a model and has sounds embedded by it."""

    async def embed(made: ModelProto, *sounds: np.ndarray, version: int | None = None) -> list[AnalyzedFile]:
        drop(folder, "made", made)
        model = find_model("made", folder=folder)
        command = EmbedAudio(
            job_id="a" * 32,
            files=tuple(described(write(sound, rate_hz=RATE_HZ)) for sound in sounds),
            node_type=model.node_type,
            node_version=model.version if version is None else version,
        )
        event = await embed_audio(command, task)  # type: ignore[arg-type]
        assert [file.content_hash for file in event.files] == [file.content_hash for file in command.files]
        return list(event.files)

    return embed


def described(path: Path) -> AudioFile:
    content = path.read_bytes()
    return AudioFile(
        content_hash=hashlib.sha256(content).hexdigest(),
        url=file_url(path),
        path=path.name,
        size_bytes=len(content),
    )


def level(value: float, duration_s: float = 0.1) -> np.ndarray:
    return np.full(round(duration_s * RATE_HZ), value, np.float32)


async def test_vectors_are_stored_under_the_model_s_own_key(
    embed: Callable[..., Any], folder: Path, tmp_path: Path
) -> None:
    (file,) = await embed(halves(), level(0.5, 0.25))
    model = find_model("made", folder=folder)
    storage = Storage(file_url(tmp_path / "blobs"))
    key = embedding_key(file.content_hash, "embed_made", model.version)
    assert file.result_url == f"blob:{key}"
    document = EmbeddingDocument.model_validate_json(storage.get(key))
    assert (document.content_hash, document.node_type) == (file.content_hash, "embed_made")
    assert (document.node_version, document.n_windows) == (model.version, 3)
    # The second half of the last window is silence.
    assert document.vector == pytest.approx((0.25, 0.25 * 2 / 3))


async def test_a_sound_on_which_the_model_fails_costs_no_other_its_vector(
    embed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    hunger = await embed(hungry(), level(0.0), level(1.0), level(0.0, 0.2))
    assert [file.outcome for file in hunger] == [Outcome.ANALYZED, Outcome.FAILED, Outcome.ANALYZED]
    assert hunger[1].code == FailureCode.OUT_OF_MEMORY
    assert hunger[1].message == "made.onnx needs more memory than one job may have"
    monkeypatch.setattr(batches, "_BASE_TIME_S", 10.0)
    loop = await embed(endless(), level(0.0), level(1.0), level(0.0, 0.2))
    assert [file.outcome for file in loop] == [Outcome.ANALYZED, Outcome.FAILED, Outcome.ANALYZED]
    assert loop[1].code == FailureCode.TIMED_OUT


async def test_no_sound_is_blamed_for_a_model_that_is_gone_or_another(
    embed: Callable[..., Any], folder: Path, task: ChildTask, write: Callable[..., Path]
) -> None:
    with pytest.raises(ConflictError, match="restart the service"):
        await embed(halves(), level(0.5), version=1)
    command = EmbedAudio(
        job_id="a" * 32,
        files=(described(write(level(0.5), rate_hz=RATE_HZ)),),
        node_type="embed_gone",
        node_version=1,
    )
    with pytest.raises(NotFoundError, match="no embedding model 'gone'"):
        await embed_audio(command, task)  # type: ignore[arg-type]
    assert (await embed(halves(), level(0.5)))[0].outcome == Outcome.ANALYZED


def test_only_models_that_work_are_offered(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    drop(folder, "good", halves())
    drop(folder, "broken", b"no model")
    drop(folder, "misfit", mean_square(shape=("w", 1234)))
    drop(folder, "wrong", halves(), WAVEFORM.replace("title", "titel"))
    caplog.set_level(logging.INFO)
    assert [spec.type for spec in offered_nodes(SETTINGS)] == ["embed_good"]
    for words in (
        "embedding model good: 2 dimensions",
        "embedding model broken is not offered: broken.onnx is no model",
        "embedding model misfit is not offered: misfit.onnx wants an input of shape (w, 1234)",
        "wrong.toml: title: Field required",
    ):
        assert words in caplog.text


def test_a_model_that_hangs_or_needs_too_much_at_once_is_not_offered(
    folder: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(folder, "hungry", hungry(at_silence=1e10))
    drop(folder, "endless", endless(at_silence=1e15))
    drop(folder, "good", halves())
    monkeypatch.setattr(worker, "_TRIAL_S", 3.0)
    assert [spec.type for spec in offered_nodes(SETTINGS)] == ["embed_good"]
    assert "hungry is not offered: hungry.onnx needs more memory" in caplog.text
    assert "endless is not offered: took longer than the 3 s" in caplog.text


def test_without_onnxruntime_no_model_is_offered_and_the_log_says_how_to_get_it(
    folder: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(folder, "good", halves())
    monkeypatch.setattr(worker, "find_spec", lambda _: None)
    assert offered_nodes(SETTINGS) == ()
    assert "docs/embedding_models.md says how to install it" in caplog.text


def test_without_a_folder_nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMBEDDING_MODELS_DIR", raising=False)
    monkeypatch.setattr(worker, "Child", None)  # whoever made one would fail
    assert offered_nodes(SETTINGS) == ()


def test_the_parent_imports_no_onnxruntime() -> None:
    code = (
        "import sys, services.audio_analyzer.worker\n"
        "print({'onnxruntime', 'numba', 'scipy', 'soundfile'} & set(sys.modules))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "set()"
