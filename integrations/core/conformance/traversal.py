"""Ways through a source, as a careful caller takes them; shared by the suites."""

from collections.abc import Callable, Iterator

from integrations.core.entries import ChangePage, Entry, EntryKind, Page
from integrations.core.following import Known
from integrations.core.interface import Integration

Connect = Callable[[], Integration]


def pages(source: Integration, *, ref: str, limit: int) -> Iterator[Page]:
    token: str | None = None
    while True:
        page = source.list(ref, page_token=token, limit=limit)
        yield page
        token = page.next_page_token
        if token is None:
            return


def children(source: Integration, *, ref: str, limit: int = 1000) -> list[Entry]:
    return [entry for page in pages(source, ref=ref, limit=limit) for entry in page.entries]


def everything(source: Integration, *, limit: int = 1000) -> list[Entry]:
    """Give all entries by listing folder after folder, the roots left out."""
    found: list[Entry] = []
    ahead = [root.ref for root in source.roots()]
    seen = set(ahead)
    while ahead:
        for entry in children(source, ref=ahead.pop(), limit=limit):
            found.append(entry)
            if entry.kind is EntryKind.FOLDER and entry.ref not in seen:
                seen.add(entry.ref)
                ahead.append(entry.ref)
    return found


def files(source: Integration) -> list[Entry]:
    return [entry for entry in everything(source) if entry.kind is EntryKind.FILE]


def round_of(source: Integration, *, cursor: str | None, limit: int = 1000) -> Iterator[ChangePage]:
    while True:
        page = source.changes(cursor, limit=limit)
        yield page
        cursor = page.cursor
        if not page.has_more:
            return


def upserts(source: Integration, *, cursor: str | None, limit: int = 1000) -> list[Entry]:
    return [entry for page in round_of(source, cursor=cursor, limit=limit) for entry in page.upserts]


def content(source: Integration, *, ref: str) -> bytes:
    with source.open(ref) as stream:
        return stream.read()


def known_of(entries: list[Entry]) -> dict[str, Known]:
    return {
        entry.ref: Known(version=entry.version, path=entry.path)
        for entry in entries
        if entry.kind is EntryKind.FILE
    }
