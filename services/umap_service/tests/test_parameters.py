import pytest

from services.umap_service.parameters import (
    ClusterParameters,
    LayoutParameters,
    PlaceParameters,
    parse_parameters,
)
from shared.python.errors import ConfigError


def test_defaults_are_those_of_umap_learn() -> None:
    parameters = LayoutParameters()
    assert (parameters.n_neighbors, parameters.min_dist, parameters.spread) == (15, 0.1, 1.0)
    assert (parameters.n_components, parameters.n_epochs, parameters.metric) == (2, None, "euclidean")


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"n_neighbors": 1}, "n_neighbors = 1"),
        ({"min_dist": -0.5}, "min_dist = -0.5"),
        ({"metric": "hamming"}, "metric = 'hamming'"),
        ({"n_neighbours": 10}, "n_neighbours = 10"),
        ({"seed": -1}, "seed = -1"),
        ({"min_dist": 2.0, "spread": 0.1}, "min_dist 2.0"),
    ],
)
def test_a_wrong_parameter_is_named_with_its_value(values: dict[str, object], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        parse_parameters(LayoutParameters, values)


def test_place_takes_what_it_needs_of_the_parameters_of_a_layout() -> None:
    layout = LayoutParameters(n_neighbors=30, metric="cosine", n_epochs=7)
    place = parse_parameters(PlaceParameters, layout.model_dump())
    assert (place.n_neighbors, place.metric, place.scale) == (30, "cosine", "robust")


@pytest.mark.parametrize("kind", [LayoutParameters, ClusterParameters])
def test_schemas_have_what_a_form_needs(kind: type[LayoutParameters] | type[ClusterParameters]) -> None:
    properties = kind.model_json_schema()["properties"]
    assert properties
    assert all("title" in each and "default" in each for each in properties.values())
    assert "threads" not in properties
