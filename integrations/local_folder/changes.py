"""Rounds through a folder: it has no change feed, so each one is a walk, cut into pages.

A cursor says where the walk stands (``f:`` or ``d:`` and a ref), or which folder the finished one was about
(``done:`` and an inode number).
"""

import os
from collections.abc import Generator
from pathlib import Path

from integrations.core.entries import ChangePage, Entry, Problem
from integrations.core.errors import CursorResetError
from integrations.local_folder.refs import parts_of, ref_of, shown
from integrations.local_folder.root import Root
from integrations.local_folder.walk import Position, walk
from shared.python.errors import NotFoundError, UnavailableError

Steps = Generator[tuple[Position, Entry | Problem], None, None]
_DONE = "done"


class Rounds:
    """The rounds of one connection. The walk behind the last page is kept open.

    Whoever goes on from that page reads no folder twice; from any other cursor, the walk is found again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open_at: str | None = None
        self._open_walk: Steps | None = None

    def page(self, cursor: str | None, *, limit: int) -> ChangePage:
        """Give the next page of a round; see `Integration.changes`."""
        steps = self._resume(cursor)
        entries: list[Entry] = []
        problems: list[Problem] = []
        for position, found in steps:
            if isinstance(found, Problem):
                problems.append(found)
                continue
            entries.append(found)
            # Only behind an entry may a page end: a cursor cannot point behind a folder's problem.
            if len(entries) == limit:
                next_cursor = f"{'d' if position.is_folder else 'f'}:{ref_of(position.parts)}"
                self._open_at, self._open_walk = next_cursor, steps
                return _page(entries, problems=problems, cursor=next_cursor, has_more=True)
        with Root(self._folder) as root:
            next_cursor = f"{_DONE}:{os.fstat(root.fd).st_ino}"
        if _begins_round(cursor) and not entries and not problems and cursor not in (None, next_cursor):
            # A disk that was taken out, and not a folder that was emptied: its mount point is another folder.
            raise UnavailableError(
                f"the folder {shown(str(self._folder))} is empty, and is not the one that was scanned "
                "before: connect its disk, or remove the source"
            )
        return _page(entries, problems=problems, cursor=next_cursor, has_more=False)

    def close(self) -> None:
        steps, self._open_walk, self._open_at = self._open_walk, None, None
        if steps is not None:
            steps.close()

    def _resume(self, cursor: str | None) -> Steps:
        """Take the open walk, or begin one; it is kept again only when it came to the end of a page."""
        if cursor is not None and cursor == self._open_at and self._open_walk is not None:
            steps, self._open_walk, self._open_at = self._open_walk, None, None
            return steps
        self.close()
        return _steps(self._folder, after=_position(cursor))


def _steps(folder: Path, *, after: Position | None) -> Steps:
    with Root(folder) as root:
        yield from walk(root, after=after)


def _page(entries: list[Entry], *, problems: list[Problem], cursor: str, has_more: bool) -> ChangePage:
    return ChangePage(
        upserts=tuple(entries), problems=tuple(problems), cursor=cursor, has_more=has_more, snapshot=True
    )


def _begins_round(cursor: str | None) -> bool:
    return cursor is None or cursor.startswith(f"{_DONE}:")


def _position(cursor: str | None) -> Position | None:
    if cursor is None or _begins_round(cursor):
        return None
    kind, colon, ref = cursor.partition(":")
    try:
        if not colon or kind not in ("f", "d"):
            raise NotFoundError(f"no such kind of cursor: {kind!r}")
        parts = parts_of(ref)
    except NotFoundError as error:
        raise CursorResetError(f"the cursor {cursor!r} is none of this folder: begin again") from error
    return Position(parts, is_folder=kind == "d") if parts else None
