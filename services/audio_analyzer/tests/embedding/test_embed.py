"""A sound file becomes one vector that arithmetic foretells."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from services.audio_analyzer.embedding.embed import Embedding, Pool, embed_file
from services.audio_analyzer.embedding.folder import find_model
from services.audio_analyzer.embedding.manifest import Output
from services.audio_analyzer.embedding.session import Session
from services.audio_analyzer.tests.conftest import noise
from services.audio_analyzer.tests.embedding.made_models import (
    RATE_HZ,
    UNSCALED,
    WINDOW,
    drop,
    halves,
    mean_square,
    no_number,
)
from shared.python.errors import CorruptError, UnsupportedError
from shared.python.models import FailureCode

Write = Callable[..., Path]


def embedded(folder: Path, path: Path, manifest: str = UNSCALED) -> Embedding:
    drop(folder, "halves", halves(), manifest)
    model = find_model("halves", folder=folder)
    return embed_file(path, model, Session(model))


def squares(sound: np.ndarray) -> np.ndarray:
    """Give the mean squares of both halves of each whole window."""
    n_windows = len(sound) // WINDOW
    return (sound[: n_windows * WINDOW].astype(float) ** 2).reshape(n_windows, 2, -1).mean(axis=2)


def test_windows_are_averaged(tmp_path: Path, write: Write) -> None:
    sound = noise(5.03, rate_hz=RATE_HZ)
    found = embedded(tmp_path / "models", write(sound, rate_hz=RATE_HZ))
    assert found.n_windows == 50
    assert found.vector.dtype == np.float32
    np.testing.assert_allclose(found.vector, squares(sound).mean(axis=0), rtol=1e-5)


def test_or_their_maximum_is_taken(tmp_path: Path, write: Write) -> None:
    sound = noise(5.03, rate_hz=RATE_HZ)
    found = embedded(tmp_path / "models", write(sound, rate_hz=RATE_HZ), UNSCALED + 'pooling = "max"\n')
    np.testing.assert_allclose(found.vector, squares(sound).max(axis=0), rtol=1e-5)


def test_the_vector_has_length_one_when_nothing_else_is_said(tmp_path: Path, write: Write) -> None:
    sound = noise(0.5, rate_hz=RATE_HZ)
    manifest = UNSCALED.replace('normalise = "none"', "")
    found = embedded(tmp_path / "models", write(sound, rate_hz=RATE_HZ), manifest)
    mean = squares(sound).mean(axis=0)
    np.testing.assert_allclose(found.vector, mean / np.linalg.norm(mean), rtol=1e-5)


def test_a_sound_shorter_than_a_window_is_followed_by_silence(tmp_path: Path, write: Write) -> None:
    sound = noise(0.05, rate_hz=RATE_HZ)
    found = embedded(tmp_path / "models", write(sound, rate_hz=RATE_HZ))
    assert found.n_windows == 1
    np.testing.assert_allclose(found.vector, [np.mean(sound.astype(float) ** 2), 0], rtol=1e-5)


def test_a_file_that_is_no_sound_has_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "text.wav"
    path.write_text("no sound at all")
    with pytest.raises(UnsupportedError) as caught:
        embedded(tmp_path / "models", path)
    assert caught.value.code == FailureCode.NOT_AUDIO


def test_what_is_no_number_is_not_passed_on(tmp_path: Path, write: Write) -> None:
    folder = tmp_path / "models"
    drop(folder, "made", no_number())
    model = find_model("made", folder=folder)
    with pytest.raises(CorruptError, match=r"made\.onnx gives values for it that are no finite") as caught:
        embed_file(write(noise(0.5)), model, Session(model))
    assert caught.value.code == FailureCode.NON_FINITE


def test_silence_has_no_direction_and_stays_zero() -> None:
    pool = Pool(Output(), n_dimensions=3)
    pool.push(np.zeros((2, 3), np.float32))
    np.testing.assert_array_equal(pool.finish(), [0, 0, 0])


def test_pooling_does_not_depend_on_batches() -> None:
    vectors = noise(0.1)[:60].reshape(20, 3)
    for pooling in ("mean", "max"):
        whole, parts = (Pool(Output(pooling=pooling), n_dimensions=3) for _ in range(2))
        whole.push(vectors)
        for vector in vectors:
            parts.push(vector[None])
        np.testing.assert_allclose(whole.finish(), parts.finish(), rtol=1e-6)


def test_one_dimension_is_enough(tmp_path: Path, write: Write) -> None:
    drop(tmp_path / "models", "square", mean_square())
    model = find_model("square", folder=tmp_path / "models")
    sound = noise(1.0, rate_hz=RATE_HZ)
    found = embed_file(write(sound, rate_hz=RATE_HZ), model, Session(model))
    np.testing.assert_allclose(found.vector, [np.mean(sound.astype(float) ** 2)], rtol=1e-5)
