"""What slices sounds have: from the documents in the blob store to rows, as with analyses."""

from collections.abc import Collection, Sequence

from django.conf import settings

from services.main_app.analyses.documents import read_as, store_outcomes
from services.main_app.analyses.models import Slicing
from shared.python.messages import AnalyzedFile
from shared.python.models import Outcome
from shared.python.slices import SlicesDocument, SlicingParameters
from shared.python.storage import Storage

_KEY = ("content_hash", "node_type", "node_version", "parameters_key")


def store_slicings(
    files: Sequence[AnalyzedFile], *, node_type: str, node_version: int, parameters: SlicingParameters
) -> None:
    """Store what slices each of these sounds has, and what was measured in them.

    Raises
    ------
    NotFoundError, UnavailableError, CorruptError
        When a document is said to be there and cannot be read; then nothing is stored.
    """
    storage = Storage(settings.STORAGE_URL)
    documents = [
        read_as(SlicesDocument, file.slices_url, storage, what="document of slices")
        for file in files
        if file.slices_url is not None
    ]
    measured = [
        AnalyzedFile(content_hash=found.content_hash, outcome=Outcome.ANALYZED, result_url=found.result_url)
        for document in documents
        for found in document.slices
    ]
    store_outcomes(measured, node_type=node_type, node_version=node_version)
    Slicing.objects.bulk_create(
        [
            Slicing(
                content_hash=document.content_hash,
                node_type=node_type,
                node_version=node_version,
                parameters_key=parameters.key,
                slices=[[found.content_hash, found.start_s, found.end_s] for found in document.slices],
                n_found=document.n_found,
            )
            for document in documents
        ],
        update_conflicts=True,
        unique_fields=_KEY,
        update_fields=("slices", "n_found"),
    )


def known_slicings(
    hashes: Collection[str], *, node_type: str, node_version: int, parameters: SlicingParameters
) -> dict[str, Slicing]:
    """Give what is known about the slices of some sounds, by their hashes."""
    found = Slicing.objects.filter(
        content_hash__in=hashes,
        node_type=node_type,
        node_version=node_version,
        parameters_key=parameters.key,
    )
    return {slicing.content_hash: slicing for slicing in found}
