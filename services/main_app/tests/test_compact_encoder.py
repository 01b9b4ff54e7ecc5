import json

import pytest

from services.main_app.analyses.models import Analysis, CompactEncoder


@pytest.mark.parametrize("value", [5e-324, -0.0, 1 / 3, 1e300, 2**53 + 1, "C♯ minor", None, True, [], {}])
def test_what_is_written_reads_back_the_same(value: object) -> None:
    assert json.loads(CompactEncoder().encode({"a": [value]})) == {"a": [value]}


@pytest.mark.django_db
def test_rows_keep_descriptors_to_the_last_bit() -> None:
    descriptors = {"pitch_hz": 440.00000000000006, "key": None, "scale": "minor"}
    Analysis.objects.create(
        content_hash="a" * 64, node_type="x", node_version=1, descriptors=descriptors, flags=["clipped"]
    )
    row = Analysis.objects.get()
    assert (row.descriptors, row.flags) == (descriptors, ["clipped"])
    assert Analysis.objects.filter(descriptors__scale="minor").count() == 1
