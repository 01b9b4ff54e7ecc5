"""Slicing within a run: which sounds still have to be sliced, and what comes of it.

A sliced file keeps its one place in the counts of a run; its slices are rows of the source and points of the
map.
"""

from collections.abc import Collection, Sequence

from services.main_app.analyses.models import Slicing
from services.main_app.analyses.slicings import known_slicings, store_slicings
from services.main_app.sources.models import AudioFile, Source
from services.main_app.sources.slices import Span, place_slices
from shared.python.messages import AnalyzedFile
from shared.python.models import NodeSpec, PipelineNode
from shared.python.slices import SlicingParameters

SLICED_BATCH_FILES = 8
"""How many files one command holds that slices: a file can have hundreds of slices, all stored at once."""


def slicing_of(node: PipelineNode, spec: NodeSpec) -> SlicingParameters:
    """Give how a node slices sounds; off for a node that cannot.

    Raises
    ------
    ConfigError
        When the pipeline asks it for something that it cannot do.
    """
    if "slicing" not in spec.parameters.get("properties", {}):
        return SlicingParameters()
    return SlicingParameters.of(node.parameters)


def find_unsliced(hashes: Collection[str], node: PipelineNode, spec: NodeSpec) -> set[str]:
    """Tell of which sounds it is not known yet what slices they have, where that is wanted."""
    parameters = slicing_of(node, spec)
    if not parameters.is_wanted:
        return set()
    return set(hashes) - _known(hashes, spec, parameters).keys()


def take_slices(source: Source, files: Sequence[AnalyzedFile], node: PipelineNode, spec: NodeSpec) -> None:
    """Store the slices that a node found in some sounds, and make them part of the source."""
    parameters = slicing_of(node, spec)
    if not parameters.is_wanted:
        return
    store_slicings(files, node_type=spec.type, node_version=spec.version, parameters=parameters)
    hashes = [file.content_hash for file in files if file.slices_url is not None]
    place_known_slices(
        source, list(source.files.filter(gone_at=None, parent=None, content_hash__in=hashes)), node, spec
    )


def place_known_slices(
    source: Source, files: Sequence[AudioFile], node: PipelineNode, spec: NodeSpec
) -> None:
    """Give files the slices that are known of their sounds; none, where slices are not wanted any more."""
    if "slicing" not in spec.parameters.get("properties", {}):
        return
    parameters = slicing_of(node, spec)
    known: dict[str, Slicing] = {}
    if parameters.is_wanted:
        known = _known([file.content_hash for file in files], spec, parameters)
    place_slices(source, files, {key: _spans(slicing) for key, slicing in known.items()})


def _spans(slicing: Slicing) -> list[Span]:
    return [Span(*found) for found in slicing.slices]


def _known(hashes: Collection[str], spec: NodeSpec, parameters: SlicingParameters) -> dict[str, Slicing]:
    return known_slicings(hashes, node_type=spec.type, node_version=spec.version, parameters=parameters)
