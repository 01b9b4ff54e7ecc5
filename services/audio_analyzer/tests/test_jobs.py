"""What a worker's child does for one sound, with a real blob store."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from services.audio_analyzer.jobs import analyze, analyze_all, warm_up
from services.audio_analyzer.tests.conftest import sine
from shared.python.messages import analysis_key, preview_key
from shared.python.models import AnalysisDocument, AudioFile, FailureCode, Outcome
from shared.python.storage import Storage, file_url

VERSION = 7


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Storage:
    url = file_url(tmp_path / "blobs")
    monkeypatch.setenv("STORAGE_URL", url)
    return Storage(url)


def described(path: Path, *, url: str = "") -> AudioFile:
    content = path.read_bytes()
    return AudioFile(
        content_hash=hashlib.sha256(content).hexdigest(),
        url=url or file_url(path),
        path=f"Drums/{path.name}",
        size_bytes=len(content),
    )


def test_a_result_and_its_preview_are_stored_under_the_hash(
    storage: Storage, write: Callable[..., Path]
) -> None:
    file = described(write(sine(440, 0.5)))
    result = analyze(file, VERSION)
    assert (result.outcome, result.content_hash) == (Outcome.ANALYZED, file.content_hash)
    assert result.result_url is not None
    document = AnalysisDocument.model_validate_json(storage.get(result.result_url))
    assert document.content_hash == file.content_hash
    assert storage.exists(analysis_key(file.content_hash, VERSION))
    assert storage.get(preview_key(file.content_hash, VERSION))


def test_a_batch_gives_a_result_for_each_sound_in_its_order(
    storage: Storage, write: Callable[..., Path], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"no sound at all")
    files = [described(write(sine(440, 0.5))), described(broken)]
    heard, failed = analyze_all(files, VERSION, report=lambda _fraction: None)
    assert heard == analyze(files[0], VERSION)
    assert (failed.content_hash, failed.code) == (files[1].content_hash, FailureCode.NOT_AUDIO)


def test_a_stored_result_is_not_computed_again(storage: Storage, write: Callable[..., Path]) -> None:
    path = write(sine(440, 0.5))
    file = described(path)
    first = analyze(file, VERSION)
    path.unlink()  # so that it could not be
    assert analyze(file, VERSION) == first


def test_a_sound_in_the_blob_store_is_read_too(storage: Storage, write: Callable[..., Path]) -> None:
    path = write(np.random.default_rng(0).normal(0, 0.1, 20_000))
    file = described(path, url=storage.put("originals/a", path.read_bytes()))
    path.unlink()
    assert analyze(file, VERSION).outcome == Outcome.ANALYZED


def test_a_reason_speaks_of_the_file_by_its_name_alone(storage: Storage, tmp_path: Path) -> None:
    path = tmp_path / "list.mp3"
    path.write_text("milk, bread, cymbals " * 99, "utf-8")
    result = analyze(described(path), VERSION)
    assert (result.outcome, result.code) == (Outcome.FAILED, FailureCode.NOT_AUDIO)
    assert result.message.startswith("list.mp3 begins like no sound")
    assert not storage.exists(analysis_key(result.content_hash, VERSION))


def test_a_sound_that_is_gone_has_its_reason(storage: Storage, write: Callable[..., Path]) -> None:
    path = write(sine(440, 0.5))
    file = described(path)
    path.unlink()
    assert analyze(file, VERSION).code == FailureCode.NOT_FOUND


def test_warming_up_leaves_nothing_behind(storage: Storage, tmp_path: Path) -> None:
    warm_up()
    assert list((tmp_path / "blobs").rglob("*.json")) == []


def test_a_child_that_starts_says_what_its_machine_lacks(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file" / "cache"))
    warm_up()
    [record] = caplog.records
    assert "kernel cache" in record.message and "NUMBA_CACHE_DIR" in record.message
