import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from services.audio_analyzer.__main__ import main
from services.audio_analyzer.tests.conftest import noise
from services.audio_analyzer.tests.embedding.made_models import RATE_HZ, UNSCALED, drop, halves, mean_square

Printed = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models"
    drop(folder, "halves", halves())
    monkeypatch.setenv("EMBEDDING_MODELS_DIR", str(folder))
    return folder


def test_embed_prints_one_object_a_line_whatever_becomes_of_a_file(
    folder: Path, write: Callable[..., Path], tmp_path: Path, capsys: Printed
) -> None:
    sound = noise(0.1, rate_hz=RATE_HZ)
    path, text = write(sound, rate_hz=RATE_HZ), tmp_path / "text.wav"
    text.write_text("no sound at all")
    assert main(["embed", str(path), str(text), "--model", "halves", "--json"]) == 0
    good, bad = map(json.loads, capsys.readouterr().out.splitlines())
    assert set(good) == {"path", "embedding"} and good["path"] == str(path)
    expected = (sound.astype(float) ** 2).reshape(2, -1).mean(axis=1)
    np.testing.assert_allclose(good["embedding"], expected, rtol=1e-5)
    assert (bad["path"], bad["error"]["code"]) == (str(text), "not_audio")


def test_embed_fails_when_no_file_could_be_embedded(folder: Path, tmp_path: Path, capsys: Printed) -> None:
    assert main(["embed", str(tmp_path / "gone.wav"), "--model", "halves", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "not_found"


def test_people_read_the_first_values(folder: Path, write: Callable[..., Path], capsys: Printed) -> None:
    assert main(["embed", str(write(noise(0.5))), "--model", "halves"]) == 0
    assert "  2 dimensions: 0.0" in capsys.readouterr().out


def test_a_model_that_does_not_work_says_why_once(folder: Path, tmp_path: Path, capsys: Printed) -> None:
    files = [str(tmp_path / name) for name in "abc"]
    assert main(["embed", *files, "--model", "doubles", "--json"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "no embedding model 'doubles'" in printed.err and "there: halves" in printed.err


def test_another_folder_can_be_named(
    folder: Path, write: Callable[..., Path], tmp_path: Path, capsys: Printed
) -> None:
    drop(tmp_path / "others", "square", mean_square(), UNSCALED)
    path = str(write(noise(0.5)))
    assert main(["embed", path, "--model", "square", "--models", str(tmp_path / "others"), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["embedding"]) == 1
