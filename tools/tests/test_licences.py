import pytest

from tools.licences import Table, complaints, is_copyleft
from tools.parts import ROOT
from tools.shipped import UNKNOWN, Shipped, python_packages

DECISION = "docs/decisions/0003-copyleft-that-ships.md"


def shipped(name: str, licence: str, **inside: object) -> Shipped:
    return Shipped(name=name, version="1", parts=("services/a",), licence=licence, **inside)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("MIT", False),
        ("LGPL-3.0-only", True),
        ("MPL-2.0", True),
        ("MIT AND MPL-2.0", True),
        ("MIT OR LGPL-2.1-or-later", False),
        ("LGPL-3.0-or-later OR GPL-2.0-or-later", True),
        ("MPL-2.0 AND (MIT OR Apache-2.0)", True),
        ("(MIT OR GPL-2.0-only) AND BSD-3-Clause", False),
        ("GPL-3.0-or-later WITH GCC-exception-3.1", True),
        ("Apache-2.0 WITH LLVM-exception", False),
    ],
)
def test_copyleft_binds_unless_an_alternative_is_free_of_it(expression: str, expected: bool) -> None:
    assert is_copyleft(expression) is expected


@pytest.mark.parametrize("sentence", ["SEE LICENSE IN FILE", "(MIT OR Apache-2.0", "MIT AND"])
def test_sentence_is_no_expression(sentence: str) -> None:
    with pytest.raises(ValueError, match=r"MIT|SEE"):
        is_copyleft(sentence)


def test_copyleft_without_a_decision_is_reported_wherever_it_hides() -> None:
    table = Table(libraries={"libthing": "GPL-2.0-or-later"})
    found = complaints(
        [
            shipped("open", "MIT", libraries=("libthing",), crates=(("crate", "MPL-2.0"),)),
            shipped("closed", "AGPL-3.0-only"),
            shipped("quiet", "MIT", mentions_copyleft=True),
            shipped("nameless", UNKNOWN),
        ],
        table,
    )
    assert [complaint.split(":")[0] for complaint in found] == [
        "libthing inside open",
        "crate inside open",
        "closed",
        "quiet",
        "nameless",
    ]


def test_what_is_known_to_be_linked_into_a_wheel_counts_as_what_is_seen() -> None:
    table = Table(inside={"open": {"ghost": "LGPL-2.1-or-later"}})
    assert complaints([shipped("open", "MIT")], table) == [
        "ghost inside open: LGPL-2.1-or-later, and no decision in tools/licences.toml allows it"
    ]
    assert complaints([], table) == ["open: named in tools/licences.toml, and does not ship"]


def test_decision_must_be_there_name_its_case_and_be_needed() -> None:
    package = shipped("psycopg", "LGPL-3.0-only")
    stranger = shipped("stranger", "LGPL-3.0-only")
    assert complaints([package], Table(decisions={"psycopg": DECISION})) == []
    assert "is not there" in complaints([package], Table(decisions={"psycopg": "docs/none.md"}))[0]
    assert "names neither" in complaints([stranger], Table(decisions={"stranger": DECISION}))[0]
    assert "does not ship" in complaints([], Table(decisions={"psycopg": DECISION}))[0]
    assert "does not ship" in complaints([], Table(libraries={"libgone": "MIT"}))[0]


def test_libraries_inside_wheels_are_seen() -> None:
    by_name = {package.name: package for package in python_packages(ROOT)}
    assert "libsndfile" in by_name["soundfile"].libraries
    assert by_name["numpy"].mentions_copyleft
    assert "services/audio_analyzer" in by_name["soundfile"].parts
