"""A loaded model gives what its closed form says, and says clearly what does not fit."""

import sys
from pathlib import Path

import numpy as np
import pytest
from onnx import ModelProto, TensorProto, helper

from services.audio_analyzer.embedding.folder import find_model
from services.audio_analyzer.embedding.session import Session
from services.audio_analyzer.tests.embedding.made_models import (
    UNSCALED,
    WINDOW,
    drop,
    halves,
    mean_square,
    model,
    with_weights_elsewhere,
)
from shared.python.errors import ConfigError

WINDOWS = list(np.random.default_rng(0).normal(0, 0.3, (6, 1, WINDOW)).astype(np.float32))


def opened(folder: Path, made: ModelProto | bytes, manifest: str = UNSCALED) -> Session:
    drop(folder, "made", made, manifest)
    return Session(find_model("made", folder=folder))


def with_axes(axes: str, *, head: str = "", output: str = "") -> str:
    return head + UNSCALED.replace('kind = "waveform"', f'kind = "waveform"\naxes = {axes}') + output


def refusal(folder: Path, made: ModelProto | bytes, manifest: str = UNSCALED) -> str:
    with pytest.raises(ConfigError) as caught:
        opened(folder, made, manifest)
    assert "\n" not in caught.value.message
    return caught.value.message


def expected(windows: list[np.ndarray]) -> np.ndarray:
    return np.array([[np.mean(window.astype(float) ** 2)] for window in windows])


def test_every_window_has_its_vector(tmp_path: Path) -> None:
    session = opened(tmp_path, halves())
    assert session.n_dimensions == 2
    assert session.batch > 6
    given = session.run(WINDOWS)
    halved = np.array(WINDOWS).reshape(6, 2, -1).astype(float)
    np.testing.assert_allclose(given, (halved**2).mean(axis=2), rtol=1e-5)


@pytest.mark.parametrize("n", [1, 3, 4])
def test_a_model_of_a_fixed_batch_gets_it_filled_with_silence(n: int, tmp_path: Path) -> None:
    session = opened(tmp_path, mean_square(shape=(4, WINDOW)))
    assert session.batch == 4
    np.testing.assert_allclose(session.run(WINDOWS[:n]), expected(WINDOWS[:n]), rtol=1e-5)


def test_a_model_of_single_windows_gets_them_one_by_one(tmp_path: Path) -> None:
    made = mean_square(shape=(WINDOW,), axes=(0,))
    manifest = with_axes('["sample"]', output='axes = ["dimension"]\n')
    session = opened(tmp_path, made, manifest)
    assert session.batch == 1
    np.testing.assert_allclose(session.run(WINDOWS[:1]), expected(WINDOWS[:1]), rtol=1e-5)


def test_axes_are_brought_into_the_order_of_the_model(tmp_path: Path) -> None:
    made = mean_square(shape=(2, WINDOW, "w"), axes=(1,), keepdims=0)
    manifest = with_axes(
        '["channel", "sample", "window"]',
        head='channels = "stereo"\n',
        output='axes = ["dimension", "window"]\n',
    )
    stereo = [np.concatenate((left, 2 * left)) for left in WINDOWS]
    given = opened(tmp_path, made, manifest).run(stereo)
    np.testing.assert_allclose(given, expected(WINDOWS) * [1, 4], rtol=1e-5)


def test_frames_are_moments_like_windows(tmp_path: Path) -> None:
    made = mean_square(shape=("w", 1, WINDOW), axes=(1,), keepdims=0)
    manifest = with_axes('["window", "channel", "sample"]', output='axes = ["window", "frame"]\n')
    manifest = manifest.replace('["window", "frame"]', '["dimension", "frame"]')
    given = opened(tmp_path, made, manifest).run(WINDOWS[:1])
    np.testing.assert_allclose(given[:, 0], WINDOWS[0][0] ** 2, rtol=1e-5)


def test_full_scale_is_what_the_model_takes_for_it(tmp_path: Path) -> None:
    manifest = UNSCALED.replace('kind = "waveform"', 'kind = "waveform"\nfull_scale = 32768')
    given = opened(tmp_path, mean_square(), manifest).run(WINDOWS)
    np.testing.assert_allclose(given, 32768**2 * expected(WINDOWS), rtol=1e-5)


def test_a_mel_model_sees_mel_bands(tmp_path: Path) -> None:
    made = model(
        [helper.make_node("ReduceMean", ["sound"], ["vector"], axes=[2], keepdims=0)],
        shape=("w", 20, "frames"),
    )
    mel = 'kind = "mel"\nn_mels = 20\nn_fft = 256\nhop_samples = 80\nlog = "decibel"'
    session = opened(tmp_path, made, UNSCALED.replace('kind = "waveform"', mel))
    assert session.n_dimensions == 20
    tone = np.sin(2 * np.pi * 1000 * np.arange(WINDOW) / 8_000).astype(np.float32)[None]
    loud, quiet = session.run([tone, tone / 10])
    assert np.argmax(loud) == np.argmax(quiet)
    assert abs(loud.max() - quiet.max() - 20) < 1e-3


def test_the_shape_that_does_not_fit_is_named(tmp_path: Path) -> None:
    said = refusal(tmp_path, mean_square(shape=("w", 16_000)))
    assert "made.onnx wants an input of shape (w, 16000)" in said
    assert "(1, 800): window, sample; is it window_samples = 16000?" in said
    assert "made.toml" in said
    assert "(w, 1, 800)" in refusal(tmp_path, mean_square(shape=("w", 1, WINDOW), axes=(2,)))


def test_an_output_that_does_not_fit_is_named(tmp_path: Path) -> None:
    said = refusal(tmp_path, mean_square(keepdims=0))
    assert "gives vector as (1); output.axes are window, dimension" in said
    two = model(
        [helper.make_node("Neg", ["sound"], ["a"]), helper.make_node("Abs", ["sound"], ["b"])],
        outputs=("a", "b"),
    )
    assert "gives a, b; output.name is not set" in refusal(tmp_path, two)
    assert "output.name = 'c' is none of them" in refusal(tmp_path, two, UNSCALED + 'name = "c"\n')
    assert opened(tmp_path, two, UNSCALED + 'name = "b"\n').n_dimensions == WINDOW


def test_models_with_other_inputs_are_refused(tmp_path: Path) -> None:
    whole = model(
        [helper.make_node("Cast", ["sound"], ["vector"], to=TensorProto.FLOAT)], kind=TensorProto.INT16
    )
    assert "takes sound: tensor(int16); it has to take one tensor of float32" in refusal(tmp_path, whole)
    rate = helper.make_tensor_value_info("rate", TensorProto.FLOAT, [1])
    two = model([helper.make_node("Mul", ["sound", "rate"], ["vector"])], more_inputs=[rate])
    assert "takes sound: tensor(float), rate: tensor(float)" in refusal(tmp_path, two)


@pytest.mark.parametrize(
    "content", [b"", b"no model", b"\x08\x07" * 1000, mean_square().SerializeToString()[:-40]]
)
def test_bytes_that_are_no_model_are_refused(content: bytes, tmp_path: Path) -> None:
    assert "made.onnx is no model that onnxruntime can load" in refusal(tmp_path, content)


@pytest.mark.parametrize("location", ["weights.bin", "../weights.bin", "/etc/hostname"])
def test_a_model_reads_no_other_file(location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "models"
    drop(folder, "made", with_weights_elsewhere(location))
    for where in (folder, tmp_path):
        (where / "weights.bin").write_bytes(np.ones(WINDOW, np.float32).tobytes())
    monkeypatch.chdir(folder)  # where onnxruntime would look by itself
    with pytest.raises(ConfigError, match="keeps weights in other files"):
        Session(find_model("made", folder=folder))


def test_without_onnxruntime_the_way_to_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert "docs/embedding_models.md says how to install it" in refusal(tmp_path, mean_square())
