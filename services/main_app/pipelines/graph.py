"""The pipeline of a run, and the nodes that services offer for it."""

from functools import cache
from pathlib import Path
from typing import Any

from services.main_app.nodes.models import NodeType
from services.main_app.pipelines.models import PipelineDefinition, Run
from services.main_app.sources.models import Source
from shared.python.errors import UnavailableError
from shared.python.messages import ServiceAnnounced
from shared.python.models import NodeKind, NodeSpec, Pipeline, PipelineNode

DEFAULT = "default"
SOURCE_NODE = NodeSpec(
    type="source",
    kind=NodeKind.SOURCE,
    title="Sounds of a source",
    version=1,
    service="main_app",
    output="sounds",
)
"""The one node that main_app implements itself."""


@cache
def default_pipeline() -> Pipeline:
    """Give the pipeline that a new source goes through: data, in the file beside this module."""
    return Pipeline.model_validate_json(Path(__file__).with_name("default_pipeline.json").read_text("utf-8"))


def current_pipeline() -> Pipeline:
    """Give the default pipeline as it stands in the database, putting it there the first time."""
    stored, _ = PipelineDefinition.objects.get_or_create(
        name=DEFAULT, defaults={"graph": default_pipeline().model_dump(mode="json")}
    )
    return Pipeline.model_validate(stored.graph)


def pipeline_for(source: Source) -> Pipeline:
    """Give the pipeline that a run of a source begins with: the current one, with the source's parameters."""
    pipeline = current_pipeline()
    nodes = tuple(
        node.model_copy(update={"parameters": {**node.parameters, **source.parameters.get(node.type, {})}})
        for node in pipeline.nodes
    )
    return pipeline.model_copy(update={"nodes": nodes})


def pipeline_of(run: Run) -> Pipeline:
    return Pipeline.model_validate(run.graph)


def store_announcement(announced: ServiceAnnounced) -> bool:
    """Store what a service says about its nodes; ``True`` when something of it was not known until now."""
    types = {spec.type for spec in announced.node_specs}
    is_new = NodeType.objects.filter(type__in=types, is_confirmed=True).count() < len(types)
    for spec in announced.node_specs:
        NodeType.objects.update_or_create(
            type=spec.type,
            defaults={
                "service": spec.service,
                "version": spec.version,
                "spec": spec.model_dump(mode="json"),
                "is_confirmed": True,
            },
        )
    return is_new


def doubt_announcements() -> None:
    """Begin no run on what services announced before now: they may come back changed, or not at all."""
    NodeType.objects.update(is_confirmed=False)


def require_services(pipeline: Pipeline) -> None:
    """Make sure that the services of all nodes are there.

    Raises
    ------
    UnavailableError
        When one of them has not announced its node since the system was started.
    """
    types = [node.type for node in pipeline.nodes if node.type != SOURCE_NODE.type]
    known = NodeType.objects.in_bulk(types)
    for node_type in types:
        if node_type not in known:
            raise _missing(node_type)
        if not known[node_type].is_confirmed:
            raise UnavailableError(f"waiting until {known[node_type].service} offers {node_type!r} again")


def known_services() -> list[str]:
    return list(NodeType.objects.order_by("service").values_list("service", flat=True).distinct())


def node_of_kind(pipeline: Pipeline, kind: NodeKind) -> tuple[PipelineNode, NodeSpec] | None:
    """Give the first node of a kind, with what its service says about it; ``None`` when there is none.

    Raises
    ------
    UnavailableError
        When the service of some node has never been there.
    """
    for node in pipeline.nodes:
        spec = spec_of(node)
        if spec.kind == kind:
            return node, spec
    return None


def specs_of(pipeline: Pipeline) -> dict[str, NodeSpec]:
    """Give what services say about each node, by its name in the pipeline.

    Raises
    ------
    UnavailableError
        When no service has announced the type of some node.
    """
    types = {node.type for node in pipeline.nodes}
    found = dict(NodeType.objects.filter(type__in=types).values_list("type", "spec"))
    return {node.name: _validated(node.type, found.get(node.type)) for node in pipeline.nodes}


def spec_of(node: PipelineNode) -> NodeSpec:
    """Give what the service of a node says about it.

    Raises
    ------
    UnavailableError
        When no service has announced this type.
    """
    found = NodeType.objects.filter(type=node.type).values_list("spec", flat=True).first()
    return _validated(node.type, found)


def _validated(node_type: str, announced: dict[str, Any] | None) -> NodeSpec:
    if node_type == SOURCE_NODE.type:
        return SOURCE_NODE
    if announced is None:
        raise _missing(node_type)
    return NodeSpec.model_validate(announced)


def _missing(node_type: str) -> UnavailableError:
    return UnavailableError(
        f"no service offers the node {node_type!r} yet: start the service that implements it"
    )
