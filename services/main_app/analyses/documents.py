"""Takes in what services measured: from the documents in the blob store to rows that can be asked."""

import numpy as np
from django.conf import settings

from services.main_app.analyses.models import Analysis
from shared.python.errors import CorruptError
from shared.python.messages import AnalyzedFile
from shared.python.models import AnalysisDocument
from shared.python.storage import Storage


def read_document(result_url: str) -> AnalysisDocument:
    """Read one document.

    Raises
    ------
    NotFoundError, UnavailableError
        When the blob cannot be had.
    CorruptError
        When it is no document.
    """
    try:
        return AnalysisDocument.model_validate_json(Storage(settings.STORAGE_URL).get(result_url))
    except ValueError as error:
        raise CorruptError(f"{result_url} is no analysis document: {error}") from error


def store_result(file: AnalyzedFile, *, node_type: str, node_version: int) -> None:
    """Store what was measured in one sound."""
    if file.result_url is None:
        raise CorruptError(f"sound {file.content_hash} is said to be analyzed, and no result is named")
    document = read_document(file.result_url)
    Analysis.objects.update_or_create(
        content_hash=file.content_hash,
        node_type=node_type,
        node_version=node_version,
        defaults={
            "state": Analysis.State.ANALYZED,
            "code": "",
            "message": "",
            "result_url": file.result_url,
            "duration_s": document.duration_s,
            "descriptors": document.descriptors,
            "flags": list(document.flags),
            "vector": np.asarray(document.vector, dtype="<f4").tobytes(),
            "vector_version": document.vector_version,
        },
    )


def store_failure(file: AnalyzedFile, *, node_type: str, node_version: int) -> None:
    """Store why a sound could not be measured; a result that is there already is worth more and stays."""
    known = Analysis.objects.filter(
        content_hash=file.content_hash, node_type=node_type, node_version=node_version
    )
    if not known.filter(state=Analysis.State.ANALYZED).exists():
        Analysis.objects.update_or_create(
            content_hash=file.content_hash,
            node_type=node_type,
            node_version=node_version,
            defaults={"state": Analysis.State.FAILED, "code": file.code or "", "message": file.message},
        )
