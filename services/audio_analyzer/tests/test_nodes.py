from services.audio_analyzer.descriptors import CATALOGUE
from services.audio_analyzer.nodes import NODE_SPECS, NODE_VERSION


def test_the_service_announces_one_analyze_node_with_its_catalogue():
    (spec,) = NODE_SPECS
    assert (spec.type, spec.kind, spec.service) == ("analyze_audio", "analyze", "audio_analyzer")
    assert (spec.inputs, spec.output, spec.version) == (("sounds",), "descriptors", NODE_VERSION)
    assert spec.descriptors == CATALOGUE
    assert spec.parameters["properties"]["slicing"]["default"] == "off"
    assert spec.parameters["additionalProperties"] is False
    assert len(spec.model_dump_json().encode()) < 60_000, "an announcement has to fit into one message"
