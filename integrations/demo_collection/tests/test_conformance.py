from pathlib import Path
from typing import ClassVar

import pytest

from integrations.core.conformance import ReadingConformance
from integrations.demo_collection.recipe import Recipe
from integrations.demo_collection.source import RECIPES, DemoCollection, DemoCollectionConfig


class SmallCollection(DemoCollection):
    """The same, with every twentieth sound: rendering is what takes time."""

    recipes: ClassVar[dict[str, Recipe]] = dict(list(RECIPES.items())[::20])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rendered")


class TestDemoCollection(ReadingConformance):
    @pytest.fixture
    def connect(self, folder: Path):
        return lambda: SmallCollection(DemoCollectionConfig(folder=folder))
