"""What the services offer: nodes, the pipelines made of them, and what is measured in a sound."""

from django.http import HttpRequest
from ninja import Router

from services.main_app.maps.columns import descriptor_specs
from services.main_app.nodes.models import NodeType
from services.main_app.pipelines.graph import SOURCE_NODE, current_pipeline
from services.main_app.pipelines.models import PipelineDefinition
from shared.python.models import DescriptorSpec, NodeSpec, Pipeline

router = Router(tags=["nodes"])


@router.get("/nodes", response=list[NodeSpec])
def list_nodes(request: HttpRequest) -> list[NodeSpec]:
    announced = NodeType.objects.order_by("type").values_list("spec", flat=True)
    return [SOURCE_NODE, *(NodeSpec.model_validate(spec) for spec in announced)]


@router.get("/pipelines", response=list[Pipeline])
def list_pipelines(request: HttpRequest) -> list[Pipeline]:
    current_pipeline()  # puts the default one there, the first time
    graphs = PipelineDefinition.objects.order_by("pk").values_list("graph", flat=True)
    return [Pipeline.model_validate(graph) for graph in graphs]


@router.get("/descriptors", response=list[DescriptorSpec])
def list_descriptors(request: HttpRequest) -> list[DescriptorSpec]:
    """Tell what is measured in every sound, in the order to show it in."""
    return list(descriptor_specs().values())
