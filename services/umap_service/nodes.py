"""The nodes that this service announces: what a pipeline can ask of it."""

from services.umap_service.parameters import ClusterParameters, LayoutParameters
from shared.python.models import NodeKind, NodeSpec

NODE_VERSION = 1
"""Raised when equal inputs and parameters give another layout or other clusters than before."""

NODE_SPECS: tuple[NodeSpec, ...] = (
    NodeSpec(
        type="umap",
        kind=NodeKind.REDUCE,
        title="Map",
        version=NODE_VERSION,
        service="umap_service",
        inputs=("descriptors",),
        output="layout",
        parameters=LayoutParameters.model_json_schema(),
    ),
    NodeSpec(
        type="cluster",
        kind=NodeKind.CLUSTER,
        title="Groups",
        version=NODE_VERSION,
        service="umap_service",
        inputs=("layout",),
        output="clusters",
        parameters=ClusterParameters.model_json_schema(),
    ),
)
