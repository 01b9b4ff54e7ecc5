"""Follows a source: the one loop for providers with a change feed and without.

What a snapshot round does not mention is gone, and only whoever stores the entries knows what that is. So
the state stays where it is stored, no provider keeps a copy, and the comparison is made here, once for all
of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from integrations.core.entries import ChangePage, Entry, EntryKind, Problem
from integrations.core.interface import PAGE_LIMIT, Integration


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored of a file: its `Entry.version` and `Entry.path` when it was last seen."""

    version: str | None
    path: str


def follow(
    source: Integration, *, cursor: str | None, known: Mapping[str, Known], limit: int = PAGE_LIMIT
) -> Iterator[ChangePage]:
    """Give the pages of one round, each telling only what differs from what is known.

    Pages of a native feed pass as they are. A snapshot becomes changes: files that are as they are known
    are left out, and the deletes of what it did not mention are in its last page, except beneath its
    problems. Its pages carry the cursor of the beginning until the last one, because a comparison cannot go
    on half-way: whoever dies in a round begins it again, and loses nothing.

    Parameters
    ----------
    known
        The stored files by ref. It is not changed, and must not change during the round.

    Raises
    ------
    NotFoundError, DeniedError, UnavailableError, CursorResetError
        As `Integration.changes` does. Pages given until then are true and can be kept.
    """
    begun_at = cursor
    unseen = set(known)
    problems: list[Problem] = []
    while True:
        page = source.changes(cursor, limit=limit)
        cursor = page.cursor
        if not page.snapshot:
            yield page
        else:
            # A folder where a file used to be does not speak for the file.
            unseen.difference_update(entry.ref for entry in page.files)
            problems.extend(page.problems)
            deletes = () if page.has_more else tuple(sorted(_gone(unseen, known=known, problems=problems)))
            yield replace(
                page,
                upserts=tuple(entry for entry in page.upserts if _is_news(entry, known=known)),
                deletes=page.deletes + deletes,
                cursor=begun_at if page.has_more else cursor,
            )
        if not page.has_more:
            return


def _is_news(entry: Entry, *, known: Mapping[str, Known]) -> bool:
    if entry.kind is not EntryKind.FILE:
        return True
    stored = known.get(entry.ref)
    return stored is None or stored.version != entry.version or stored.path != entry.path


def _gone(unseen: set[str], *, known: Mapping[str, Known], problems: list[Problem]) -> Iterator[str]:
    for ref in unseen:
        if not any(problem.covers(known[ref].path) for problem in problems):
            yield ref
