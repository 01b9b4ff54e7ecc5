"""What docs/embedding_models.md shows is what the parts take."""

import json
import re
from pathlib import Path

import pytest

from services.audio_analyzer.embedding.manifest import (
    Manifest,
    MelInput,
    Output,
    WaveformInput,
    read_manifest,
)
from shared.python.models import Pipeline
from tools.parts import ROOT

PAGE = (ROOT / "docs/embedding_models.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^ *```{language}\n(.*?)^ *```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("block", blocks("toml"))
def test_every_manifest_that_is_shown_is_valid(block: str, tmp_path: Path) -> None:
    path = tmp_path / "shown.toml"
    path.write_text(block, "utf-8")
    assert read_manifest(path).window_length > 0


def test_the_pipeline_that_is_shown_is_valid() -> None:
    (block,) = blocks("json")
    pipeline = Pipeline.model_validate(json.loads(block))
    assert [node.name for node in pipeline.nodes if node.type.startswith("embed_")] == ["pitches"]


@pytest.mark.parametrize(
    ("heading", "table"),
    [
        ("## The manifest", Manifest),
        ("`[input]`, of a model that hears", WaveformInput),
        ("`[input]`, of a model that sees", MelInput),
        ("`[output]`:", Output),
    ],
)
def test_every_field_of_the_manifest_is_told(heading: str, table: type) -> None:
    rows = re.search(r"^\|.*?(?=\n\n)", PAGE[PAGE.index(heading) :], re.MULTILINE | re.DOTALL)
    assert rows is not None
    told = {name for row in rows[0].splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert told == set(table.model_fields) - {"input", "output"}
