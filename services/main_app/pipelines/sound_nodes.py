"""The nodes of a pipeline that hear sounds one by one, and the way of a sound through them.

A sound comes to them in the order of the pipeline, and to the next one only when the last one could hear it.
It is done when all have heard it, or when one could not.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.main_app.analyses.models import Analysis
from services.main_app.jobs.lifecycle import create_job
from services.main_app.jobs.models import Job
from services.main_app.pipelines.graph import specs_of
from services.main_app.pipelines.models import Run
from services.main_app.pipelines.slicing import find_unsliced
from shared.python.errors import ConfigError
from shared.python.messages import AnalyzeAudio, Command, EmbedAudio
from shared.python.models import FailureCode, Lane, NodeKind, NodeSpec, Pipeline, PipelineNode

PASSING_CODES = frozenset(
    {
        FailureCode.DENIED,
        FailureCode.NOT_FOUND,
        FailureCode.UNAVAILABLE,
        FailureCode.TIMED_OUT,
        FailureCode.OUT_OF_MEMORY,
        FailureCode.CRASHED,
    }
)
"""Reasons that lie in the circumstances and not in the bytes: the next run tries again."""

_COMMANDS: Mapping[NodeKind, type[Command]] = {NodeKind.ANALYZE: AnalyzeAudio, NodeKind.EMBED: EmbedAudio}


@dataclass(frozen=True, slots=True)
class SoundNode:
    """A node that hears sounds, with what its service says about it."""

    node: PipelineNode
    spec: NodeSpec


@dataclass(frozen=True, slots=True)
class Ahead:
    """What is ahead of a sound: a node that has to hear it, a lasting failure, or neither: all is known."""

    node: SoundNode | None = None
    failure: Analysis | None = None


def sound_nodes(pipeline: Pipeline) -> tuple[SoundNode, ...]:
    """Give the nodes that hear sounds, in their order.

    Raises
    ------
    UnavailableError
        When the service of some node has never been there.
    ConfigError
        When there is none.
    """
    specs = specs_of(pipeline)
    found = tuple(
        SoundNode(node, specs[node.name]) for node in pipeline.nodes if specs[node.name].kind in _COMMANDS
    )
    if not found:
        raise ConfigError(
            f"in the pipeline {pipeline.title!r} no node hears the sounds: add one such as analyze_audio"
        )
    return found


def vector_node(pipeline: Pipeline) -> SoundNode:
    """Give the node by whose vectors the sounds are laid out: the one that the layout reads from.

    Raises
    ------
    UnavailableError
        When the service of some node has never been there.
    ConfigError
        When the layout reads from no node that gives vectors, or from several.
    """
    nodes = {each.node.name: each for each in sound_nodes(pipeline)}
    specs = specs_of(pipeline)
    for node in pipeline.nodes:
        if specs[node.name].kind == NodeKind.REDUCE:
            if len(node.inputs) != 1 or node.inputs[0] not in nodes:
                raise ConfigError(
                    f"the node {node.name!r} reads from {', '.join(node.inputs) or 'nothing'}: "
                    f"it has to read from one of {', '.join(nodes)}"
                )
            return nodes[node.inputs[0]]
    raise ConfigError(f"in the pipeline {pipeline.title!r} no node lays the sounds out: add one such as umap")


def look_ahead(
    hashes: Collection[str], nodes: Sequence[SoundNode], *, retry_failed: bool
) -> dict[str, Ahead]:
    """Tell what is ahead of each sound, by its hash, where `nodes` are still to come."""
    ahead: dict[str, Ahead] = {}
    left = set(hashes)
    for node in nodes:
        if not left:
            break
        known = {analysis.content_hash: analysis for analysis in _analyses(left, node.spec)}
        unsliced = find_unsliced(known, node.node, node.spec)
        for content_hash in tuple(left):
            analysis = known.get(content_hash)
            is_measured = analysis is not None and analysis.state == Analysis.State.ANALYZED
            if is_measured and content_hash not in unsliced:
                continue
            may_be_heard = is_measured or retry_failed or analysis is None or analysis.code in PASSING_CODES
            ahead[content_hash] = Ahead(node=node) if may_be_heard else Ahead(failure=analysis)
            left.discard(content_hash)
    return ahead | dict.fromkeys(left, Ahead())


def _analyses(hashes: Collection[str], spec: NodeSpec) -> Sequence[Analysis]:
    found = Analysis.objects.filter(content_hash__in=hashes, node_type=spec.type, node_version=spec.version)
    return list(found.only("content_hash", "state", "code", "message"))


def create_batch_job(run: Run, node: SoundNode, files: Sequence[Mapping[str, Any]]) -> Job:
    """Have a batch of sounds heard by a node.

    Parameters
    ----------
    files
        As JSON of `shared.python.models.AudioFile`.
    """
    payload = {
        "files": list(files),
        "node_version": node.spec.version,
        "parameters": node.node.parameters,
    }
    if node.spec.kind == NodeKind.EMBED:
        payload["node_type"] = node.spec.type
    return create_job(
        _COMMANDS[node.spec.kind],
        service=node.spec.service,
        lane=Lane.BULK,
        node=node.node.name,
        payload=payload,
        run_id=run.pk,
        n_files=len(files),
    )


def send_on(run: Run, job: Job, heard: Collection[str], nodes: Sequence[SoundNode]) -> dict[str, Ahead]:
    """Send the sounds of a job that were heard to the nodes that come next; tell what is ahead of each."""
    ahead = look_ahead(heard, nodes, retry_failed=run.retry_failed)
    for node in nodes:
        files = [
            file for file in job.payload["files"] if ahead.get(file["content_hash"], Ahead()).node is node
        ]
        if files:
            create_batch_job(run, node, files)
    return ahead
