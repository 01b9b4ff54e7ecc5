"""A model that somebody dropped in makes the map: queue, worker, child and all."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
from onnx import helper, numpy_helper

from tests.system.conftest import SAMPLE_RATE_HZ, Exploration, write_tone

Explore = Callable[..., Exploration]

N_SOUNDS, WINDOW = 30, 2205
MANIFEST = f"""
title = "Levels"
sample_rate_hz = {SAMPLE_RATE_HZ}
window_s = {WINDOW / SAMPLE_RATE_HZ}
[input]
kind = "waveform"
[output]
pooling = "max"
normalise = "none"
"""
PIPELINE = {
    "title": "Map of levels",
    "nodes": [
        {"name": "sounds", "type": "source"},
        {"name": "descriptors", "type": "analyze_audio", "inputs": ["sounds"]},
        {"name": "levels", "type": "embed_levels", "inputs": ["sounds"]},
        {"name": "layout", "type": "umap", "inputs": ["levels"]},
        {"name": "clusters", "type": "cluster", "inputs": ["layout"]},
    ],
}


def write_model(path: Path, *, factor: float) -> None:
    """Write a model of two dimensions: `factor` times the mean square of a window, and its largest sample."""
    graph = helper.make_graph(
        [
            helper.make_node("Mul", ["sound", "sound"], ["square"]),
            helper.make_node("ReduceMean", ["square"], ["mean"], axes=[1], keepdims=1),
            helper.make_node("Mul", ["mean", "factor"], ["power"]),
            helper.make_node("ReduceMax", ["sound"], ["peak"], axes=[1], keepdims=1),
            helper.make_node("Concat", ["power", "peak"], ["vector"], axis=1),
        ],
        "levels",
        [helper.make_tensor_value_info("sound", 1, ["window", WINDOW])],
        [helper.make_tensor_value_info("vector", 1, None)],
        [numpy_helper.from_array(np.array(factor, np.float32), "factor")],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(made.SerializeToString())


def expected(path: Path, *, factor: float) -> list[float]:
    samples = soundfile.read(path, dtype="float32")[0]
    windows = samples[: len(samples) // WINDOW * WINDOW].reshape(-1, WINDOW).astype(float)
    return [factor * (windows**2).mean(axis=1).max(), windows.max()]


def newest_matrix(data: Path) -> np.ndarray:
    """Give what the newest layout was made from."""
    layouts = sorted((data / "blobs/layouts").glob("*/*/matrix.npy"), key=lambda path: int(path.parent.name))
    return np.load(layouts[-1])


def test_a_map_is_made_by_a_model_that_somebody_dropped_in(explore: Explore, tmp_path: Path) -> None:
    folder, models = tmp_path / "sounds", tmp_path / "data/models"
    for number in range(N_SOUNDS):
        write_tone(folder / f"{number}.wav", number)
    models.mkdir(parents=True)
    write_model(models / "levels.onnx", factor=1.0)
    (models / "levels.toml").write_text(MANIFEST, "utf-8")
    (models / "broken.onnx").write_bytes(b"no model")
    (models / "broken.toml").write_text(MANIFEST, "utf-8")
    pipeline = tmp_path / "levels.json"
    pipeline.write_text(json.dumps(PIPELINE), "utf-8")

    exploration = explore(folder, "--pipeline", str(pipeline))
    first = exploration.result()
    assert first["failures"] == []
    assert (first["analyzed"], first["map"]["points"]) == (N_SOUNDS, N_SOUNDS)
    matrix = newest_matrix(exploration.data)
    wanted = [expected(path, factor=1.0) for path in folder.iterdir()]
    np.testing.assert_allclose(sorted(matrix.tolist()), sorted(wanted), rtol=1e-4)
    log = (exploration.data / "logs/audio_analyzer.log").read_text("utf-8")
    assert "the embedding model broken is not offered: broken.onnx is no model" in log

    write_model(models / "levels.onnx", factor=3.0)  # another model under the same name: nothing old is used
    second = explore(folder).result()
    assert second["map"] == first["map"]
    assert second["analyzed"] == N_SOUNDS
    wanted = [expected(path, factor=3.0) for path in folder.iterdir()]
    np.testing.assert_allclose(sorted(newest_matrix(exploration.data).tolist()), sorted(wanted), rtol=1e-4)
