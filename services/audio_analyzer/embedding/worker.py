"""The worker's side of embedding models: which ones are offered, and how a batch of sounds gets its vectors.

This is the parent: it imports no numerics and no onnxruntime. What a model is worth, a child finds out.
"""

import asyncio
import logging
from collections.abc import Sequence
from importlib.util import find_spec

from services.audio_analyzer.batches import Work, carry_out
from services.audio_analyzer.embedding.folder import (
    HOW_TO_GET_IT,
    NODE_PREFIX,
    EmbeddingModel,
    find_models,
    models_folder,
)
from shared.python.child import Child, ChildSettings
from shared.python.errors import TonotopeError
from shared.python.messages import AudioEmbedded, EmbedAudio
from shared.python.models import NodeSpec
from shared.python.task import Task

_TRIAL_S = 60.0
_BYTES_PER_S = 8_000
"""Models may be slower than the sound itself: 64 kbit/s in twice its duration's time."""

log = logging.getLogger(__name__)


async def embed_audio(command: EmbedAudio, task: Task) -> AudioEmbedded:
    """Embed a batch."""
    work = Work(
        together="services.audio_analyzer.embedding.jobs:embed_all",
        alone="services.audio_analyzer.embedding.jobs:embed",
        arguments=(command.node_type.removeprefix(NODE_PREFIX), command.node_version),
        bytes_per_s=_BYTES_PER_S,
        who="The embedding model",
    )
    return AudioEmbedded(job_id=command.job_id, files=await carry_out(work, command.files, task))


def offered_nodes(settings: ChildSettings) -> tuple[NodeSpec, ...]:
    """Find the models that work here, and describe their nodes; the log says why one is not offered.

    Parameters
    ----------
    settings
        Of the children that will run them: a model has to fit into the same limits.
    """
    models, problems = find_models(models_folder())
    for problem in problems:
        log.error("an embedding model is not offered: %s", problem.message)
    if not models:
        return ()
    if find_spec("onnxruntime") is None:
        log.error("%d embedding models are not offered: %s", len(models), HOW_TO_GET_IT)
        return ()
    return tuple(model.spec() for model in asyncio.run(_working(models, settings)))


async def _working(models: Sequence[EmbeddingModel], settings: ChildSettings) -> list[EmbeddingModel]:
    working: list[EmbeddingModel] = []
    child = Child(settings)
    try:
        for model in models:
            try:
                n_dimensions = await child.call(
                    "services.audio_analyzer.embedding.trial:try_model", model.name, timeout_s=_TRIAL_S
                )
            except TonotopeError as error:
                log.error("the embedding model %s is not offered: %s", model.name, error.message)
            else:
                log.info("embedding model %s: %d dimensions", model.name, n_dimensions)
                working.append(model)
    finally:
        await child.stop()
    return working
