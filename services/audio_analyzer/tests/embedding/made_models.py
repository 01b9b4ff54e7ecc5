"""Small ONNX models whose output has a closed form, and the manifests that belong to them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

RATE_HZ = 8_000
WINDOW = 800
"""Samples: 0.1 s."""

_OPSET, _IR_VERSION = 17, 8
"""What every onnxruntime of the last years reads."""


def model(
    nodes: Sequence[NodeProto],
    *,
    shape: Sequence[int | str] = ("w", WINDOW),
    kind: int = TensorProto.FLOAT,
    constants: dict[str, np.ndarray] | None = None,
    outputs: Sequence[str] = ("vector",),
    more_inputs: Sequence[Any] = (),
) -> ModelProto:
    """Make a model that takes ``sound`` of `shape` and gives `outputs`, which `nodes` compute."""
    graph = helper.make_graph(
        nodes,
        "made_for_tests",
        [helper.make_tensor_value_info("sound", kind, list(shape)), *more_inputs],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(value, name) for name, value in (constants or {}).items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION)


def mean_square(*, axes: Sequence[int] = (1,), keepdims: int = 1, **options: Any) -> ModelProto:
    """The mean of the squares over some axes of the input."""
    return model(
        [
            helper.make_node("Mul", ["sound", "sound"], ["square"]),
            helper.make_node("ReduceMean", ["square"], ["vector"], axes=list(axes), keepdims=keepdims),
        ],
        **options,
    )


def halves() -> ModelProto:
    """Two dimensions: the mean square of the first and of the second half of each window."""
    return model(
        [
            helper.make_node("Mul", ["sound", "sound"], ["square"]),
            helper.make_node("Reshape", ["square", "shape"], ["cut"]),
            helper.make_node("ReduceMean", ["cut"], ["vector"], axes=[2], keepdims=0),
        ],
        constants={"shape": np.array([-1, 2, WINDOW // 2], np.int64)},
    )


def hungry(*, at_silence: float = 0.0) -> ModelProto:
    """Needs memory in proportion to the loudest sample: nothing for silence, 40 GB for full scale."""
    return model(
        [
            *_loudest(),
            helper.make_node("ConstantOfShape", ["loudest"], ["much"]),
            helper.make_node("ReduceSum", ["much"], ["none"], keepdims=0),
            helper.make_node("ReduceMean", ["sound"], ["mean"], axes=[1], keepdims=1),
            helper.make_node("Add", ["mean", "none"], ["vector"]),
        ],
        constants={"factor": np.array(1e10, np.float32), "least": np.array(at_silence, np.float32)},
    )


def endless(*, at_silence: float = 0.0) -> ModelProto:
    """Goes round in proportion to the loudest sample: not once for silence, for years at full scale."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["go_on"]),
            helper.make_node("Cos", ["state"], ["next"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("state", TensorProto.FLOAT, ["w", 1]),
        ],
        [
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("next", TensorProto.FLOAT, ["w", 1]),
        ],
    )
    return model(
        [
            *_loudest(),
            helper.make_node("Squeeze", ["loudest"], ["rounds"]),
            helper.make_node("ReduceMean", ["sound"], ["mean"], axes=[1], keepdims=1),
            helper.make_node("Loop", ["rounds", "yes", "mean"], ["vector"], body=body),
        ],
        constants={
            "factor": np.array(1e15, np.float32),
            "least": np.array(at_silence, np.float32),
            "yes": np.array(True),
        },
    )


def _loudest() -> list[NodeProto]:
    """Compute ``loudest`` [shape=(1,), int64], ``factor`` times the largest sample, and ``least`` more."""
    return [
        helper.make_node("Constant", [], ["one"], value_ints=[1]),
        helper.make_node("Abs", ["sound"], ["size"]),
        helper.make_node("ReduceMax", ["size"], ["most"], axes=[0, 1], keepdims=0),
        helper.make_node("Mul", ["most", "factor"], ["scaled"]),
        helper.make_node("Add", ["scaled", "least"], ["sum"]),
        helper.make_node("Cast", ["sum"], ["whole"], to=TensorProto.INT64),
        helper.make_node("Reshape", ["whole", "one"], ["loudest"]),
    ]


def no_number() -> ModelProto:
    """The root of minus the mean square: a number for silence alone."""
    return model(
        [
            helper.make_node("Mul", ["sound", "sound"], ["square"]),
            helper.make_node("ReduceMean", ["square"], ["mean"], axes=[1], keepdims=1),
            helper.make_node("Neg", ["mean"], ["minus"]),
            helper.make_node("Sqrt", ["minus"], ["vector"]),
        ]
    )


def with_weights_elsewhere(location: str) -> ModelProto:
    """A model one of whose weights is said to be in another file."""
    made = model([helper.make_node("Mul", ["sound", "weight"], ["vector"])])
    weight = made.graph.initializer.add()
    weight.name, weight.data_type, weight.data_location = "weight", TensorProto.FLOAT, TensorProto.EXTERNAL
    weight.dims.append(WINDOW)
    for key, value in (("location", location), ("offset", "0"), ("length", str(4 * WINDOW))):
        entry = weight.external_data.add()
        entry.key, entry.value = key, value
    return made


WAVEFORM = """
title = "Made for tests"
sample_rate_hz = 8000
window_s = 0.1

[input]
kind = "waveform"
"""
UNSCALED = WAVEFORM + '\n[output]\nnormalise = "none"\n'


def drop(folder: Path, name: str, made: ModelProto | bytes, manifest: str = UNSCALED) -> None:
    """Drop a model and its manifest into a folder, as a person does."""
    folder.mkdir(exist_ok=True)
    content = made if isinstance(made, bytes) else made.SerializeToString()
    (folder / f"{name}.onnx").write_bytes(content)
    (folder / f"{name}.toml").write_text(manifest, "utf-8")
