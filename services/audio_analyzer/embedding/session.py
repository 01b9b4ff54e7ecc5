"""A loaded model: the one place that knows onnxruntime, and where its errors become ours.

It runs in the worker's child. One thread, no arena that keeps memory, nothing but the bytes of the model file
itself: a model that points to other files is refused.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from services.audio_analyzer.embedding.folder import HOW_TO_GET_IT, EmbeddingModel
from services.audio_analyzer.embedding.manifest import MelInput
from services.audio_analyzer.embedding.mel_input import MelSpectrogram
from shared.python.errors import ConfigError, LimitError, TonotopeError, UnsupportedError
from shared.python.models import FailureCode

Floats = npt.NDArray[np.float32]

_BATCH = 16
_BATCH_SAMPLES = 2_000_000
_NO_FOLDER = Path("/nonexistent/weights-belong-into-the-model-file")
_EXTERNAL_FOLDER = "session.model_external_initializers_file_folder_path"
_OUT_OF_MEMORY = re.compile(r"bad_alloc|[Ff]ailed to allocate|[Aa]llocat\w+ failed|[Oo]ut of memory")
_QUIET = 4


class Session:
    """One model, ready to hear windows.

    Attributes
    ----------
    n_dimensions
        Length of its vectors.
    batch
        How many windows it takes at a time.

    Raises
    ------
    ConfigError
        When onnxruntime is not installed, or the model and its manifest do not fit each other.
    """

    def __init__(self, model: EmbeddingModel) -> None:
        self._model, self._manifest = model, model.manifest
        recipe = self._manifest.input
        self._mel = (
            MelSpectrogram(recipe, sample_rate_hz=self._manifest.sample_rate_hz)
            if isinstance(recipe, MelInput)
            else None
        )
        self._session = _load(model)
        self._input = self._only_input()
        self._output = self._chosen_output()
        self.batch, self._is_batch_fixed = self._batch_size()
        silence = np.zeros((1, self._manifest.n_channels, self._manifest.window_length), np.float32)
        self._require_shape(self._tensor(self._filled(silence)))
        self.n_dimensions = self._vectors(silence).shape[1]

    def run(self, windows: Sequence[Floats]) -> Floats:
        """Hear at most `batch` windows, each [shape=(n_channels, window_samples), float32].

        Returns
        -------
        [shape=(n_moments, n_dimensions), float32]: one vector for each window, or for each frame of each.

        Raises
        ------
        UnsupportedError
            When the model fails on them, or gives vectors of another length than on silence.
        LimitError
            When it needs more memory than this process may have.
        """
        vectors = self._vectors(np.stack(windows))
        if vectors.shape[1] != self.n_dimensions:
            raise UnsupportedError(
                f"{self._model.path.name} gave {vectors.shape[1]} dimensions instead of {self.n_dimensions}",
                code=FailureCode.CRASHED,
            )
        return vectors

    def _only_input(self) -> Any:
        inputs = self._session.get_inputs()
        if len(inputs) != 1 or inputs[0].type != "tensor(float)":
            said = ", ".join(f"{each.name}: {each.type}" for each in inputs) or "nothing"
            raise self._misfit(f"takes {said}; it has to take one tensor of float32")
        return inputs[0]

    def _chosen_output(self) -> Any:
        outputs = {each.name: each for each in self._session.get_outputs()}
        name = self._manifest.output.name
        if name is None and len(outputs) == 1:
            return next(iter(outputs.values()))
        if name not in outputs:
            asked = "output.name is not set" if name is None else f"output.name = {name!r} is none of them"
            raise self._misfit(f"gives {', '.join(sorted(outputs))}; {asked}")
        return outputs[name]

    def _batch_size(self) -> tuple[int, bool]:
        axes = self._manifest.input.axes
        if "window" not in axes:
            return 1, False
        fixed = self._input.shape[axes.index("window")] if len(self._input.shape) == len(axes) else None
        if "window" not in self._manifest.output.axes:
            # Nobody could tell the windows apart in what it gives.
            return 1, False
        if isinstance(fixed, int):
            return fixed, True
        samples = self._manifest.n_channels * self._manifest.window_length
        return max(1, min(_BATCH, _BATCH_SAMPLES // samples)), False

    def _filled(self, windows: Floats) -> Floats:
        """Add silent windows up to a size of batch that the model insists on."""
        missing = self.batch - len(windows) if self._is_batch_fixed else 0
        return np.pad(windows, ((0, missing), (0, 0), (0, 0)))

    def _tensor(self, windows: Floats) -> Floats:
        """Bring windows [shape=(n, n_channels, n_samples)] into the form of the model's input."""
        recipe = self._manifest.input
        if isinstance(recipe, MelInput):
            assert self._mel is not None  # noqa: S101  (made with the recipe)
            made, order = self._mel(windows), ["window", "channel", "mel", "frame"]
        else:
            made = np.asarray(windows * np.float32(recipe.full_scale))
            order = ["window", "channel", "sample"]
        for axis in ("window", "channel"):
            if axis not in recipe.axes:
                made = np.take(made, 0, axis=order.index(axis))
                order.remove(axis)
        return np.ascontiguousarray(made.transpose([order.index(axis) for axis in recipe.axes]))

    def _require_shape(self, tensor: Floats) -> None:
        wanted = self._input.shape
        fits = len(wanted) == tensor.ndim and all(
            not isinstance(length, int) or length == have
            for length, have in zip(wanted, tensor.shape, strict=True)
        )
        if fits:
            return
        axes = self._manifest.input.axes
        what = (
            f"wants an input of shape {_shape(wanted)}, and the manifest makes one of "
            f"{_shape(tensor.shape)}: {', '.join(axes)}"
        )
        if len(wanted) == len(axes) and "sample" in axes:
            samples = wanted[axes.index("sample")]
            if isinstance(samples, int) and samples != self._manifest.window_length:
                what += f"; is it window_samples = {samples}?"
        raise self._misfit(what)

    def _vectors(self, windows: Floats) -> Floats:
        tensor = self._tensor(self._filled(windows))
        try:
            (given,) = self._session.run([self._output.name], {self._input.name: tensor})
        except Exception as error:  # onnxruntime's errors have no nearer class in common
            raise self._failure(error) from error
        axes = self._manifest.output.axes
        if not isinstance(given, np.ndarray) or given.ndim != len(axes):
            shape = _shape(given.shape) if isinstance(given, np.ndarray) else "no tensor"
            raise self._misfit(f"gives {self._output.name} as {shape}; output.axes are {', '.join(axes)}")
        order = [axes.index(axis) for axis in ("window", "frame", "dimension") if axis in axes]
        given = given.transpose(order)
        if "window" in axes:
            given = given[: len(windows)]
        return np.asarray(given.reshape(-1, given.shape[-1]), np.float32)

    def _failure(self, error: Exception) -> TonotopeError:
        if _OUT_OF_MEMORY.search(str(error)):
            return LimitError(
                f"{self._model.path.name} needs more memory than one job may have",
                code=FailureCode.OUT_OF_MEMORY,
            )
        return UnsupportedError(
            f"{self._model.path.name} failed on it: {_plain(error)}", code=FailureCode.CRASHED
        )

    def _misfit(self, what: str) -> ConfigError:
        return ConfigError(f"{self._model.path.name} {what} (change {self._model.name}.toml, or the model)")


def _load(model: EmbeddingModel) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise ConfigError(HOW_TO_GET_IT) from error
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    options.log_severity_level = _QUIET  # what goes wrong arrives as an error
    options.add_session_config_entry(_EXTERNAL_FOLDER, str(_NO_FOLDER))
    try:
        return onnxruntime.InferenceSession(model.content(), options, providers=["CPUExecutionProvider"])
    except TonotopeError:
        raise
    except Exception as error:  # onnxruntime's errors have no nearer class in common
        raise _load_failure(model, error) from error


def _load_failure(model: EmbeddingModel, error: Exception) -> ConfigError:
    said = _plain(error)
    if _OUT_OF_MEMORY.search(said):
        return ConfigError(f"{model.path.name} needs more memory than one job may have")
    if "external" in said.lower() or str(_NO_FOLDER) in said:
        return ConfigError(
            f"{model.path.name} keeps weights in other files, which are not read: save it as one file"
        )
    return ConfigError(f"{model.path.name} is no model that onnxruntime can load: {said}")


def _plain(error: Exception) -> str:
    """Give what onnxruntime says in one line, without its own prefixes."""
    return " ".join(re.sub(r"\[ONNXRuntimeError\] : \d+ : \w+ : ", "", str(error)).split())[:500]


def _shape(lengths: Sequence[Any]) -> str:
    return f"({', '.join(str(length) for length in lengths)})"
