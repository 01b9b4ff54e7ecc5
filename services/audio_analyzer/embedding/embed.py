"""Embeds one sound: its windows through a model, pooled to one vector."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from services.audio_analyzer.decode import DEFAULT_LIMITS, Limits, Sound, open_sound
from services.audio_analyzer.embedding.folder import EmbeddingModel
from services.audio_analyzer.embedding.manifest import Manifest, Output
from services.audio_analyzer.embedding.session import Session
from services.audio_analyzer.embedding.windows import Windows
from services.audio_analyzer.stft import FloatArray
from shared.python.errors import CorruptError
from shared.python.models import FailureCode


@dataclass(frozen=True, slots=True)
class Embedding:
    """The vector of a sound [shape=(n_dimensions,), float32], and how many windows of it the model heard."""

    vector: FloatArray
    n_windows: int


def embed_file(
    path: Path, model: EmbeddingModel, session: Session, *, limits: Limits = DEFAULT_LIMITS
) -> Embedding:
    """Embed a sound file, of which no more than a few windows are in memory at a time.

    Raises
    ------
    TonotopeError
        One of its kinds, its `code` a `FailureCode`: the file cannot be read, or the model fails on it.
    """
    pool = Pool(model.manifest.output, n_dimensions=session.n_dimensions)
    n_windows = 0
    with open_sound(path, limits=limits) as sound:
        for batch in _in_batches(_windows(sound, model.manifest), session.batch):
            n_windows += len(batch)
            pool.push(session.run(batch))
    vector = pool.finish()
    if not np.isfinite(vector).all():
        raise CorruptError(
            f"{model.path.name} gives values for it that are no finite numbers", code=FailureCode.NON_FINITE
        )
    return Embedding(vector, n_windows)


def _windows(sound: Sound, manifest: Manifest) -> Iterator[FloatArray]:
    windows = Windows(
        from_hz=sound.format.sample_rate_hz,
        to_hz=manifest.sample_rate_hz,
        n_channels=manifest.n_channels,
        window_samples=manifest.window_length,
        hop_samples=manifest.hop_length,
    )
    for block in sound.blocks():
        yield from windows.push(block)
    yield from windows.finish()


def _in_batches(windows: Iterable[FloatArray], size: int) -> Iterator[list[FloatArray]]:
    batch: list[FloatArray] = []
    for window in windows:
        batch.append(window)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


class Pool:
    """Makes one vector of many: their mean or maximum, then brought to length 1 where that is wanted.

    A vector of nothing but zeros has no direction and stays as it is.
    """

    def __init__(self, output: Output, *, n_dimensions: int) -> None:
        self._output = output
        self._sum: npt.NDArray[np.float64] = np.zeros(n_dimensions)
        self._max: npt.NDArray[np.float64] = np.full(n_dimensions, -np.inf)
        self._n = 0

    def push(self, vectors: FloatArray) -> None:
        """Take vectors [shape=(n, n_dimensions)]."""
        self._sum += vectors.sum(axis=0, dtype=np.float64)
        self._max = np.maximum(self._max, vectors.max(axis=0))
        self._n += len(vectors)

    def finish(self) -> FloatArray:
        """Give the one vector [shape=(n_dimensions,), float32]."""
        pooled = self._sum / self._n if self._output.pooling == "mean" else self._max
        length = float(np.linalg.norm(pooled))
        if self._output.normalise == "l2" and length > 0:
            pooled = pooled / length
        return pooled.astype(np.float32)
