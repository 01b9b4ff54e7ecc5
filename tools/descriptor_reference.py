"""Writes docs/descriptors.md from the catalogue of descriptors and the model of an analysis.

``python -m tools.descriptor_reference`` writes it, ``--check`` only says whether it is as the catalogue is.
"""

import argparse
import sys
from collections.abc import Iterator
from inspect import cleandoc
from itertools import groupby

from services.audio_analyzer.descriptors import CATALOGUE
from services.audio_analyzer.nodes import NODE_VERSION
from services.audio_analyzer.report import report_name
from shared.python.models import AnalysisDocument, DescriptorSpec
from tools.parts import ROOT

PAGE = ROOT / "docs" / "descriptors.md"
HEAD = """# What is measured in a sound

<!-- Written by tools/descriptor_reference.py from services/audio_analyzer/descriptors.py and
shared/python/models.py. Change those, then run it. -->

What audio_analyzer measures, as of version {version} of its node `analyze_audio`: {n} descriptors, and
what an analysis holds beside them.

- **name** is the key in `descriptors` of a stored analysis, and in the API.
- **printed as** is where the value stands in what `python -m services.audio_analyzer analyze FILE --json`
  prints; lists count from 0.
- **range** is what ordinary sounds span: colours and histograms use it, and values may lie beyond.
- **source** is the standard, the paper or the function of librosa 0.11 (with its default parameters) whose
  definition is followed; a dash where the definition is Tonotope's own.
- A value that has no meaning for a sound (the tempo of a single hit, the key of noise) is `null`. Nothing is
  NaN.

Loudness, peaks and RMS level are measured on all channels as they were recorded; everything else on their
mean at 22,050 Hz, most of it in frames of 2048 samples, one every 512.
"""


def page() -> str:
    lines = HEAD.format(version=NODE_VERSION, n=len(CATALOGUE)).splitlines()
    for group, specs in groupby(CATALOGUE, key=lambda spec: spec.group):
        lines += ["", f"## {group.capitalize()}", ""]
        lines += ["| name | printed as | unit | range | definition | source |", "|---|---|---|---|---|---|"]
        lines += [_row(spec) for spec in specs]
    lines += ["", "## The analysis", "", "| field | type | meaning |", "|---|---|---|", *_fields()]
    return "\n".join(lines) + "\n"


def _row(spec: DescriptorSpec) -> str:
    span = "categories" if spec.low is None or spec.high is None else f"{spec.low:g} to {spec.high:g}"
    logarithmic = ", logarithmic" if spec.scale == "log" else ""
    cells = (
        f"`{spec.name}`", f"`{report_name(spec.name)}`", spec.unit or "–", span + logarithmic,
        f"{spec.title}. {spec.description}", spec.source or "–",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _fields() -> Iterator[str]:
    meanings = _attributes(AnalysisDocument.__doc__ or "")
    for name, schema in AnalysisDocument.model_json_schema()["properties"].items():
        yield f"| `{name}` | {_kind(schema)} | {meanings.get(name, '')} |"


def _attributes(docstring: str) -> dict[str, str]:
    """Give what the section of attributes says of each of them, in one line."""
    meanings: dict[str, str] = {}
    names: list[str] = []
    for line in cleandoc(docstring).partition("----------\n")[2].splitlines():
        if line.startswith(" "):
            for name in names:
                meanings[name] = (
                    f"{meanings.get(name, '')} {line.strip()}".strip()
                    .replace("``", "`")
                    .replace("`None`", "`null`")
                )
        else:
            names = line.split(", ")
    return meanings


def _kind(schema: dict[str, object]) -> str:
    options = schema.get("anyOf")
    if isinstance(options, list):
        return " or ".join(_kind(option) for option in options)
    if "$ref" in schema:
        return f"`{str(schema['$ref']).rsplit('/', 1)[-1]}`"
    items = schema.get("items")
    if isinstance(items, dict):
        return f"list of {_kind(items)}"
    return str(schema.get("type", "anything"))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when the page has drifted")
    check = parser.parse_args(arguments).check
    if PAGE.exists() and PAGE.read_text("utf-8") == page():
        return 0
    if check:
        print("docs/descriptors.md is not as the catalogue is\nrun: python -m tools.descriptor_reference")
        return 1
    PAGE.write_text(page(), "utf-8")
    print("docs/descriptors.md written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
