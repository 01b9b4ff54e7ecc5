import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.local_folder.refs import ROOT_REF, parts_of, path_of, ref_of, shown
from shared.python.errors import NotFoundError

NAMES = (
    st.binary(min_size=1, max_size=40)
    .filter(lambda name: name not in (b".", b"..") and not set(name) & set(b"/\0"))
    .map(os.fsdecode)
)


@given(st.lists(NAMES, max_size=5).map(tuple))
def test_ref_leads_back_to_any_name(parts: tuple[str, ...]) -> None:
    ref = ref_of(parts)
    assert parts_of(ref) == parts
    assert ref.isascii() and ref.isprintable()
    path_of(parts).encode()


def test_refs_are_percent_encoded_paths() -> None:
    assert ref_of(()) == ROOT_REF == "."
    assert ref_of(("Drums", "Kick 01 – deep.wav")) == "Drums/Kick%2001%20%E2%80%93%20deep.wav"
    assert ref_of((os.fsdecode(b"caf\xe9.wav"),)) == "caf%E9.wav"


@pytest.mark.parametrize(
    "ref",
    [
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        "..",
        "a/../b",
        "./a",
        "%2E%2E",
        "%2e%2e/a",
        "a%2Fb",
        "a%00",
        "%41",
        "%e9",
        "ä",
    ],
)
def test_a_ref_that_is_none_of_ours_is_not_found(ref: str) -> None:
    with pytest.raises(NotFoundError):
        parts_of(ref)


def test_names_are_shown_as_they_are_but_for_bytes_that_are_no_unicode() -> None:
    assert shown("Café 鼓.wav") == "Café 鼓.wav"
    assert shown(os.fsdecode(b"caf\xe9.wav")) == r"caf\xe9.wav"
