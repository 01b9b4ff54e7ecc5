from collections.abc import Sequence
from pathlib import Path

import pytest

from integrations.core.entries import ChangePage, Entry, EntryKind, Problem
from integrations.core.following import Known, follow
from integrations.core.tests.memory_source import MemoryAccount, MemoryConfig, MemorySource
from shared.python.errors import UnavailableError
from shared.python.models import FailureCode


def entry(path: str, *, version: str = "1") -> Entry:
    return Entry(
        ref=f"ref:{path}",
        parent_refs=(),
        name=Path(path).name,
        path=path,
        kind=EntryKind.FILE,
        version=version,
    )


class Script(MemorySource):
    """Answers with pages written down beforehand; an error in their place is raised."""

    def __init__(self, pages: Sequence[ChangePage | Exception]) -> None:
        super().__init__(MemoryConfig(), account=MemoryAccount())
        self.pages = list(pages)
        self.asked: list[str | None] = []

    def changes(self, cursor: str | None, *, limit: int = 1000) -> ChangePage:
        self.asked.append(cursor)
        page = self.pages[len(self.asked) - 1]
        if isinstance(page, Exception):
            raise page
        return page


def snapshot(
    *entries: Entry, cursor: str, has_more: bool = False, problems: tuple[Problem, ...] = ()
) -> ChangePage:
    return ChangePage(upserts=entries, cursor=cursor, has_more=has_more, problems=problems, snapshot=True)


KNOWN = {f"ref:{path}": Known(version="1", path=path) for path in ("a.wav", "drums/b.wav", "drums 2/c.wav")}


def test_snapshot_becomes_news_and_deletes() -> None:
    source = Script(
        [snapshot(entry("a.wav"), entry("drums/b.wav", version="2"), entry("d.wav"), cursor="end")]
    )
    (page,) = follow(source, cursor="start", known=KNOWN)
    assert [told.path for told in page.upserts] == ["drums/b.wav", "d.wav"]
    assert page.deletes == ("ref:drums 2/c.wav",)
    assert page.cursor == "end"


def test_a_file_with_a_new_path_is_news() -> None:
    moved = Entry(
        ref="ref:a.wav", parent_refs=(), name="a.wav", path="new/a.wav", kind=EntryKind.FILE, version="1"
    )
    (page,) = follow(
        Script([snapshot(moved, cursor="end")]), cursor=None, known={"ref:a.wav": KNOWN["ref:a.wav"]}
    )
    assert page.upserts == (moved,)


def test_cursor_stays_at_the_beginning_until_a_snapshot_is_over() -> None:
    source = Script([snapshot(entry("a.wav"), cursor="middle", has_more=True), snapshot(cursor="end")])
    pages = list(follow(source, cursor="start", known=KNOWN))
    assert source.asked == ["start", "middle"]
    assert [page.cursor for page in pages] == ["start", "end"]
    assert pages[0].deletes == () and len(pages[1].deletes) == 2


def test_what_lies_beneath_a_problem_is_not_gone() -> None:
    problem = Problem(ref="ref:drums", path="drums", code=FailureCode.DENIED, message="no permission")
    source = Script(
        [
            snapshot(cursor="middle", has_more=True, problems=(problem,)),
            snapshot(entry("a.wav"), cursor="end"),
        ]
    )
    pages = list(follow(source, cursor=None, known=KNOWN))
    assert pages[0].problems == (problem,)
    assert pages[-1].deletes == ("ref:drums 2/c.wav",)


def test_an_error_half_way_deletes_nothing() -> None:
    source = Script(
        [snapshot(entry("a.wav"), cursor="middle", has_more=True), UnavailableError("the disk is gone")]
    )
    pages = []
    with pytest.raises(UnavailableError):
        pages.extend(follow(source, cursor=None, known=KNOWN))
    assert all(page.deletes == () for page in pages)


def test_a_native_feed_passes_as_it_is() -> None:
    given = [
        ChangePage(upserts=(entry("a.wav"),), cursor="1", has_more=True),
        ChangePage(upserts=(), deletes=("ref:drums",), cursor="2", has_more=False),
    ]
    assert list(follow(Script(given), cursor="0", known=KNOWN)) == given


def test_a_folder_in_the_place_of_a_file_is_the_end_of_the_file() -> None:
    folder = Entry(ref="ref:a.wav", parent_refs=(), name="a.wav", path="a.wav", kind=EntryKind.FOLDER)
    known = {"ref:a.wav": KNOWN["ref:a.wav"]}
    (page,) = follow(Script([snapshot(folder, cursor="end")]), cursor=None, known=known)
    assert page.deletes == ("ref:a.wav",)
