"""What lies in the folder of models becomes nodes, or a reason why not."""

import hashlib
from pathlib import Path

import pytest

from services.audio_analyzer.embedding.folder import (
    FOLDER_SETTING,
    MOST_MODELS,
    find_model,
    find_models,
    models_folder,
)
from services.audio_analyzer.tests.embedding.made_models import WAVEFORM, drop
from shared.python.errors import ConfigError, ConflictError, NotFoundError
from shared.python.models import NodeKind


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


def test_a_model_with_its_manifest_is_a_node(folder: Path) -> None:
    drop(folder, "birds_v2", b"model")
    (model,), problems = find_models(folder)
    spec = model.spec()
    assert problems == []
    assert (spec.type, spec.kind, spec.title) == ("embed_birds_v2", NodeKind.EMBED, "Made for tests")
    assert (spec.service, spec.inputs, spec.version) == ("audio_analyzer", ("sounds",), model.version)
    assert model.content() == b"model"


def test_the_version_follows_whatever_changes_vectors_and_nothing_else(folder: Path) -> None:
    drop(folder, "a", b"model", WAVEFORM)
    sha256 = hashlib.sha256(b"model").hexdigest()
    variants = [
        (b"model", WAVEFORM.replace("Made for tests", "Another title")),
        (b"model", f'sha256 = "{sha256}"\n' + WAVEFORM),
        (b"other", WAVEFORM),
        (b"model", WAVEFORM.replace("0.1", "0.2")),
        (b"model", WAVEFORM + "full_scale = 32768\n"),
        (b"model", WAVEFORM + '[output]\npooling = "max"\n'),
    ]
    versions = [find_model("a", folder=folder).version]
    for content, manifest in variants:
        drop(folder, "a", content, manifest)
        versions.append(find_model("a", folder=folder).version)
    assert versions[0] == versions[1] == versions[2]
    assert len(set(versions[2:])) == 5
    assert all(1 <= version < 2**31 for version in versions)


def test_one_bad_file_keeps_no_other_from_being_offered(folder: Path) -> None:
    drop(folder, "good", b"model")
    drop(folder, "wrong", b"model", WAVEFORM.replace("title", "titel"))
    drop(folder, "other", b"model", f'sha256 = "{"0" * 64}"\n' + WAVEFORM)
    drop(folder, "Bird-Net", b"model")
    (folder / "alone.onnx").write_bytes(b"model")
    (folder / "lost.toml").write_text(WAVEFORM, "utf-8")
    models, problems = find_models(folder)
    assert [model.name for model in models] == ["good"]
    said = "\n".join(problem.message for problem in problems)
    for words in (
        "Bird-Net.onnx: a model's name",
        "alone.onnx has no alone.toml",
        f"other.toml: sha256 = {'0' * 64}, but other.onnx has {hashlib.sha256(b'model').hexdigest()}",
        "wrong.toml: title: Field required",
        "lost.toml describes a model that is not there",
    ):
        assert words in said
    assert len(problems) == 5


def test_more_models_than_fit_into_a_message_are_left_out(folder: Path) -> None:
    for number in range(MOST_MODELS + 2):
        drop(folder, f"model_{number:02}", b"model")
    models, problems = find_models(folder)
    assert len(models) == MOST_MODELS
    assert [problem.message.split()[0] for problem in problems] == ["model_16.onnx", "model_17.onnx"]


def test_without_a_folder_there_is_no_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(FOLDER_SETTING, raising=False)
    assert models_folder() is None
    assert find_models(None) == ([], [])
    models, (problem,) = find_models(tmp_path / "not there")
    assert models == [] and "not there, which is no folder" in problem.message
    with pytest.raises(ConfigError, match=FOLDER_SETTING):
        find_model("a", folder=None)
    monkeypatch.setenv(FOLDER_SETTING, str(tmp_path))
    assert models_folder() == tmp_path


@pytest.mark.parametrize("name", ["b", "../models/a", "a.onnx", ""])
def test_only_models_of_the_folder_are_found_by_name(name: str, folder: Path) -> None:
    drop(folder, "a", b"model")
    with pytest.raises(NotFoundError, match=r"there: a$"):
        find_model(name, folder=folder)


def test_a_model_that_was_replaced_is_not_passed_off_as_the_old_one(folder: Path) -> None:
    drop(folder, "a", b"model")
    model = find_model("a", folder=folder)
    drop(folder, "a", b"another")
    with pytest.raises(ConflictError, match=r"a\.onnx was replaced"):
        model.content()
