import pytest
from pydantic import ValidationError

from integrations.core.manifest import SourceConfig
from integrations.core.registry import installed


@pytest.mark.parametrize("kind", installed().values(), ids=installed().keys())
def test_config_schema_is_a_closed_form_with_titles(kind) -> None:
    schema = kind.manifest.config_schema
    assert schema["additionalProperties"] is False
    assert all(field["title"] for field in schema["properties"].values())


def test_config_is_closed_and_frozen() -> None:
    class Config(SourceConfig):
        name: str

    with pytest.raises(ValidationError):
        Config(name="x", other=1)
    with pytest.raises(ValidationError):
        Config(name="x").name = "y"
