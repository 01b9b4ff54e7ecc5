import pickle

import pytest

from integrations.core.entries import ChangePage, Entry, EntryKind, Problem
from shared.python.models import FailureCode


def entry(kind: EntryKind) -> Entry:
    return Entry(ref="r", parent_refs=("p",), name="n.wav", path="f/n.wav", kind=kind)


@pytest.mark.parametrize(
    ("path", "covered"),
    [("drums", True), ("drums/kick.wav", True), ("drums 2/kick.wav", False), ("kick.wav", False)],
)
def test_problem_covers_what_lies_beneath_it(path: str, covered: bool) -> None:
    problem = Problem(ref="drums", path="drums", code=FailureCode.DENIED, message="no permission")
    assert problem.covers(path) is covered


def test_change_page_tells_its_files() -> None:
    page = ChangePage(
        upserts=(entry(EntryKind.FOLDER), entry(EntryKind.FILE), entry(EntryKind.SHORTCUT)),
        cursor=None,
        has_more=False,
    )
    assert page.files == (entry(EntryKind.FILE),)


def test_entries_are_equal_by_value_and_travel() -> None:
    assert entry(EntryKind.FILE) == pickle.loads(pickle.dumps(entry(EntryKind.FILE)))  # noqa: S301  our own bytes
    assert hash(entry(EntryKind.FILE)) == hash(entry(EntryKind.FILE))
