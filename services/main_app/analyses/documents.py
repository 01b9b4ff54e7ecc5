"""Takes in what services measured: from the documents in the blob store to rows that can be asked."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from django.conf import settings

from services.main_app.analyses.models import Analysis
from shared.python.errors import CorruptError
from shared.python.messages import AnalyzedFile
from shared.python.models import AnalysisDocument, EmbeddingDocument, Model, NodeKind, Outcome
from shared.python.storage import Storage

_KEY = ("content_hash", "node_type", "node_version")
_OUTCOME = ("state", "code", "message", "result_url", "duration_s", "descriptors", "flags")
_VECTOR = ("vector", "vector_version")

D = TypeVar("D", bound=Model)


def read_as(model: type[D], url: str, storage: Storage, *, what: str) -> D:
    """Read a blob that a service wrote as JSON.

    Parameters
    ----------
    what
        What it is to be, for whoever reads that it is not.

    Raises
    ------
    NotFoundError, UnavailableError
        When the blob cannot be had.
    CorruptError
        When it is something else.
    """
    try:
        return model.model_validate_json(storage.get(url))
    except ValueError as error:
        raise CorruptError(f"{url} is no {what}: {error}") from error


def read_document(result_url: str, *, storage: Storage | None = None) -> AnalysisDocument:
    """Read one document.

    Parameters
    ----------
    storage
        Where it is; opened for this one when left out.

    Raises
    ------
    NotFoundError, UnavailableError
        When the blob cannot be had.
    CorruptError
        When it is no document.
    """
    storage = Storage(settings.STORAGE_URL) if storage is None else storage
    return read_as(AnalysisDocument, result_url, storage, what="analysis document")


def store_outcomes(
    files: Sequence[AnalyzedFile], *, node_type: str, node_version: int, kind: NodeKind = NodeKind.ANALYZE
) -> None:
    """Store what was measured in each sound, or why it could not be.

    A result that is there already is worth more than a failure, and stays.

    Parameters
    ----------
    kind
        Of the node: it says what kind of document the results are.

    Raises
    ------
    NotFoundError, UnavailableError, CorruptError
        When a result is said to be there and cannot be read; then nothing is stored.
    """
    storage = Storage(settings.STORAGE_URL)
    rows = {
        file.content_hash: _READERS[kind](file, storage)
        if file.outcome == Outcome.ANALYZED
        else _failed(file)
        for file in files
    }
    failed = [content_hash for content_hash, row in rows.items() if row.state == Analysis.State.FAILED]
    if failed:
        measured = Analysis.objects.filter(
            content_hash__in=failed,
            node_type=node_type,
            node_version=node_version,
            state=Analysis.State.ANALYZED,
        )
        for content_hash in measured.values_list("content_hash", flat=True):
            del rows[content_hash]
    for row in rows.values():
        row.node_type, row.node_version = node_type, node_version
    Analysis.objects.bulk_create(
        rows.values(), update_conflicts=True, unique_fields=_KEY, update_fields=(*_OUTCOME, *_VECTOR)
    )


def _measured(file: AnalyzedFile, storage: Storage) -> Analysis:
    if file.result_url is None:
        raise CorruptError(f"sound {file.content_hash} is said to be analyzed, and no result is named")
    document = read_document(file.result_url, storage=storage)
    return Analysis(
        content_hash=file.content_hash,
        state=Analysis.State.ANALYZED,
        result_url=file.result_url,
        duration_s=document.duration_s,
        descriptors=document.descriptors,
        flags=list(document.flags),
        vector=np.asarray(document.vector, dtype="<f4").tobytes(),
        vector_version=document.vector_version,
    )


def _embedded(file: AnalyzedFile, storage: Storage) -> Analysis:
    if file.result_url is None:
        raise CorruptError(f"sound {file.content_hash} is said to be embedded, and no result is named")
    document = read_as(EmbeddingDocument, file.result_url, storage, what="embedding document")
    return Analysis(
        content_hash=file.content_hash,
        state=Analysis.State.ANALYZED,
        result_url=file.result_url,
        vector=np.asarray(document.vector, dtype="<f4").tobytes(),
        vector_version=document.node_version,
    )


_READERS = {NodeKind.ANALYZE: _measured, NodeKind.EMBED: _embedded}


def _failed(file: AnalyzedFile) -> Analysis:
    return Analysis(
        content_hash=file.content_hash,
        state=Analysis.State.FAILED,
        code=file.code or "",
        message=file.message,
    )
