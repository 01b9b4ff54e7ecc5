import os
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from integrations.core.entries import ChangePage
from integrations.core.errors import CursorResetError
from integrations.core.following import Known, follow
from integrations.local_folder.changes import Rounds
from integrations.local_folder.source import LocalFolder, LocalFolderConfig
from shared.python.errors import NotFoundError, UnavailableError


def fill(folder: Path, *paths: str) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()


def pages(rounds: Rounds, *, cursor: str | None, limit: int) -> list[ChangePage]:
    found = [rounds.page(cursor, limit=limit)]
    while found[-1].has_more:
        found.append(rounds.page(found[-1].cursor, limit=limit))
    return found


def test_the_kept_walk_and_a_walk_found_again_give_the_same(tmp_path: Path) -> None:
    fill(tmp_path, "a.wav", "b/c.wav", "b/d/e.wav", "f.wav", "g/h.wav")
    kept = pages(Rounds(tmp_path), cursor=None, limit=2)
    assert len(kept) == 5
    for before, page in pairwise(kept):
        assert Rounds(tmp_path).page(before.cursor, limit=2) == page


def test_a_round_left_half_way_leaves_nothing_open(tmp_path: Path) -> None:
    fill(tmp_path, "a.wav", "b/c.wav")
    before = len(os.listdir("/dev/fd"))
    rounds = Rounds(tmp_path)
    rounds.page(None, limit=1)
    assert len(os.listdir("/dev/fd")) > before
    rounds.close()
    assert len(os.listdir("/dev/fd")) == before
    Rounds(tmp_path).page(None, limit=1)
    assert len(os.listdir("/dev/fd")) == before


def test_a_root_that_vanishes_between_pages_is_not_found(tmp_path: Path) -> None:
    fill(tmp_path, "root/a.wav", "root/b.wav")
    rounds = Rounds(tmp_path / "root")
    page = rounds.page(None, limit=1)
    shutil.rmtree(tmp_path / "root")
    with pytest.raises(NotFoundError):
        while page.has_more:
            page = rounds.page(page.cursor, limit=1)
    with pytest.raises(NotFoundError):
        rounds.page(None, limit=1)


def test_a_disk_that_was_taken_out_is_not_an_empty_folder(tmp_path: Path) -> None:
    fill(tmp_path, "mount/a.wav")
    rounds = Rounds(tmp_path / "mount")
    done = rounds.page(None, limit=10).cursor
    (tmp_path / "mount").rename(tmp_path / "disk")
    (tmp_path / "mount").mkdir()
    with pytest.raises(UnavailableError, match="is empty, and is not the one that was scanned before"):
        rounds.page(done, limit=10)
    (tmp_path / "mount").rmdir()
    (tmp_path / "disk").rename(tmp_path / "mount")
    assert [entry.path for entry in rounds.page(done, limit=10).upserts] == ["a.wav"]


def test_a_folder_that_was_emptied_is_empty(tmp_path: Path) -> None:
    fill(tmp_path, "a.wav")
    rounds = Rounds(tmp_path)
    done = rounds.page(None, limit=10).cursor
    (tmp_path / "a.wav").unlink()
    page = rounds.page(done, limit=10)
    assert page.upserts == () and page.snapshot and not page.has_more


@pytest.mark.parametrize("cursor", ["", "f", "f:..", "d:/etc", "x:a.wav", "f:%41"])
def test_a_cursor_that_is_none_of_ours_begins_again(tmp_path: Path, cursor: str) -> None:
    with pytest.raises(CursorResetError):
        Rounds(tmp_path).page(cursor, limit=10)


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_what_lies_in_a_closed_folder_is_not_deleted(
    shared_path: Path, as_nobody: Callable, limit: int
) -> None:
    fill(shared_path, "a.wav", "closed/b.wav", "closed/deep/c.wav", "d/e.wav")
    known = {
        ref: Known(version="?", path=ref)
        for ref in ("a.wav", "closed/b.wav", "closed/deep/c.wav", "gone.wav")
    }
    (shared_path / "closed").chmod(0o700)

    def one_round() -> list[ChangePage]:
        return list(
            follow(LocalFolder(LocalFolderConfig(folder=shared_path)), cursor=None, known=known, limit=limit)
        )

    found = as_nobody(one_round)
    assert [ref for page in found for ref in page.deletes] == ["gone.wav"]
    assert [problem.path for page in found for problem in page.problems] == ["closed"]
    assert [entry.path for page in found for entry in page.files] == ["a.wav", "d/e.wav"]
