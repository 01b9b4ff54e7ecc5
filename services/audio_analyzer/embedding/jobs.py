"""What runs in the worker's child process for embedding models."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path

from services.audio_analyzer.embedding.embed import embed_file
from services.audio_analyzer.embedding.folder import EmbeddingModel, find_model, models_folder
from services.audio_analyzer.embedding.session import Session
from services.audio_analyzer.listening import listen, listen_to_all
from shared.python.errors import ConflictError
from shared.python.messages import AnalyzedFile, embedding_key
from shared.python.models import AudioFile, EmbeddingDocument

_KEPT_MODELS = 2
"""How many models stay in memory between batches."""


def embed_all(
    files: Sequence[AudioFile], name: str, node_version: int, *, report: Callable[[float], None]
) -> tuple[AnalyzedFile, ...]:
    """Embed sounds one after the other, as `embed` does, and report the fraction that is done."""
    return listen_to_all(files, lambda file: embed(file, name, node_version), report=report)


def embed(file: AudioFile, name: str, node_version: int) -> AnalyzedFile:
    """Embed a sound and store its vector, or give the reason why there is none.

    Raises
    ------
    ConfigError, NotFoundError, ConflictError
        When the model is broken, gone, or not the one that was announced: no sound has any part in that.
    UnavailableError, DeniedError
        When the blob store takes no result.
    """
    model, session = _loaded(name, node_version)
    key = embedding_key(file.content_hash, model.node_type, node_version)
    return listen(file, key=key, hear=partial(_embedded, file.content_hash, key, model, session))


def _embedded(
    content_hash: str, key: str, model: EmbeddingModel, session: Session, path: Path
) -> Mapping[str, bytes]:
    embedding = embed_file(path, model, session)
    document = EmbeddingDocument(
        content_hash=content_hash,
        node_type=model.node_type,
        node_version=model.version,
        n_windows=embedding.n_windows,
        vector=tuple(embedding.vector.tolist()),
    )
    return {key: document.model_dump_json().encode()}


@lru_cache(maxsize=_KEPT_MODELS)
def _loaded(name: str, node_version: int) -> tuple[EmbeddingModel, Session]:
    model = find_model(name, folder=models_folder())
    if model.version != node_version:
        raise ConflictError(
            f"{model.path.name} or its manifest was changed since version {node_version} was offered: "
            "restart the service, then scan again"
        )
    return model, Session(model)
