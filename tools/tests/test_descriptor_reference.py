import re

from services.audio_analyzer.descriptors import CATALOGUE
from services.audio_analyzer.report import report_name
from shared.python.models import AnalysisDocument
from tools.descriptor_reference import PAGE, page

TEXT = page()
DESCRIPTORS, ANALYSIS = TEXT.split("## The analysis")


def test_the_page_is_as_the_catalogue_is() -> None:
    assert PAGE.read_text("utf-8") == TEXT, "run: python -m tools.descriptor_reference"


def test_every_descriptor_has_a_row_with_all_its_cells() -> None:
    for spec in CATALOGUE:
        [row] = re.findall(rf"^\| `{spec.name}` \| (.*) \|$", DESCRIPTORS, re.MULTILINE)
        printed, unit, span, definition, source = row.split(" | ")
        assert printed == f"`{report_name(spec.name)}`"
        assert unit == (spec.unit or "–")
        assert (span == "categories") == (spec.kind == "category")
        assert spec.description in definition
        assert source == (spec.source or "–")


def test_every_field_of_an_analysis_has_a_meaning() -> None:
    for name in AnalysisDocument.model_fields:
        [meaning] = re.findall(rf"^\| `{name}` \| [^|]+ \| (.*) \|$", ANALYSIS, re.MULTILINE)
        assert meaning.endswith("."), f"AnalysisDocument.{name} is not explained in its docstring"
