"""The nodes that this service implements, as it announces them."""

from services.audio_analyzer.descriptors import CATALOGUE
from shared.python.models import NodeKind, NodeSpec
from shared.python.slices import SlicingParameters

NODE_VERSION = 2

NODE_SPECS: tuple[NodeSpec, ...] = (
    NodeSpec(
        type="analyze_audio",
        kind=NodeKind.ANALYZE,
        title="Listen to sounds",
        version=NODE_VERSION,
        service="audio_analyzer",
        inputs=("sounds",),
        output="descriptors",
        parameters=SlicingParameters.model_json_schema(),
        descriptors=CATALOGUE,
    ),
)
