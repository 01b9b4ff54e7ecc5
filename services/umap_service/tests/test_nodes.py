from services.umap_service.nodes import NODE_SPECS, NODE_VERSION
from shared.python.models import NodeKind, NodeSpec


def test_a_map_and_its_groups_are_announced() -> None:
    umap, cluster = NODE_SPECS
    assert (umap.type, umap.kind, umap.inputs, umap.output) == (
        "umap", NodeKind.REDUCE, ("descriptors",), "layout",
    )  # fmt: skip
    assert (cluster.type, cluster.kind, cluster.inputs, cluster.output) == (
        "cluster", NodeKind.CLUSTER, ("layout",), "clusters",
    )  # fmt: skip
    assert {spec.version for spec in NODE_SPECS} == {NODE_VERSION}


def test_announcements_survive_the_way_over_the_queue() -> None:
    for spec in NODE_SPECS:
        assert NodeSpec.model_validate_json(spec.model_dump_json()) == spec
