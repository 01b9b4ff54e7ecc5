from pathlib import Path

import pytest

from integrations.core.interface import Integration
from integrations.core.registry import installed, open_integration
from shared.python.errors import ConfigError


def test_every_integration_of_this_repository_is_installed() -> None:
    parts = Path(__file__).parents[2].iterdir()
    ours = {part.name for part in parts if (part / "source.py").exists()}
    assert ours and ours <= set(installed())
    assert all(issubclass(kind, Integration) for kind in installed().values())


def test_open_integration_reads_the_configuration(tmp_path: Path) -> None:
    with open_integration("local_folder", {"folder": str(tmp_path)}) as source:
        assert source.check().label == str(tmp_path)


@pytest.mark.parametrize(
    ("provider", "config", "says"),
    [
        (
            "floppy_disk",
            {},
            "no integration 'floppy_disk' is installed; there are demo_collection, local_folder",
        ),
        ("local_folder", {}, "folder: Field required"),
        ("local_folder", {"folder": "samples"}, "'samples' is no absolute path"),
        ("local_folder", {"folder": "/samples", "depth": 3}, "depth: Extra inputs"),
        ("local_folder", {"folder": "/nul\0"}, "no absolute path"),
    ],
)
def test_open_integration_says_what_is_wrong(provider: str, config: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        open_integration(provider, config)
    assert says in caught.value.message
