"""The interface that every storage provider implements: eight methods, two of them with a default.

Whoever calls it knows nothing about providers, and whoever implements it knows nothing about sounds or the
database. An object of it is one connection, for one thread, and cheap to make: nothing is contacted before
a method is called. It never changes anything in the source. `integrations.core.conformance` holds every
implementation to what is said here.

Errors are those of `shared.python.errors` and `integrations.core.errors`. Any method may raise
`UnavailableError` or `RateLimitedError` (try again later), `AuthExpiredError` (the person must sign in
again) and `ConfigError` (the source's configuration cannot work); they are not repeated below. After any
error the object can be used on.
"""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import ClassVar, Self

from integrations.core.entries import Account, ChangePage, Entry, Page
from integrations.core.manifest import Manifest, SourceConfig
from integrations.core.streams import ByteStream

PAGE_LIMIT = 1000


class Integration(ABC):
    """One connection to one source of files."""

    manifest: ClassVar[Manifest]

    @abstractmethod
    def __init__(self, config: SourceConfig) -> None:
        """Take the configuration, already checked against `manifest.config`; contact nobody."""

    @abstractmethod
    def check(self) -> Account:
        """Find out whether the source can be reached and read, and whose it is.

        Raises
        ------
        NotFoundError
            When what the configuration names is not there; the message names it and says what to do.
        DeniedError
            When it is there, and we may not list it.
        """

    @abstractmethod
    def roots(self) -> tuple[Entry, ...]:
        """Give the folders from which everything in the source can be reached by `list`: at least one.

        Raises
        ------
        NotFoundError, DeniedError
            As `check` does.
        """

    @abstractmethod
    def list(self, ref: str, *, page_token: str | None = None, limit: int = PAGE_LIMIT) -> Page:
        """Give some of the direct children of a folder: what may be a sound, folders, and shortcuts.

        Order is the provider's own and stays the same while nothing changes. Following
        `Page.next_page_token` to its end gives every child that was there all the while exactly once; one
        that came or went meanwhile may be missing or not. A page may hold fewer than `limit` entries, even
        none, and still not be the last. A child that cannot be looked at is one of `Page.problems`; it
        never ends the listing, and is never left out.

        Raises
        ------
        NotFoundError
            When the folder is not there (any more), or is no folder. An empty page means an empty folder.
        DeniedError
            When the folder may not be listed.
        CursorResetError
            When the page token has expired or belongs elsewhere: begin the listing again.
        """

    @abstractmethod
    def stat(self, ref: str) -> Entry:
        """Give one entry as it is now: what `list` would give.

        Raises
        ------
        NotFoundError
            When it is not there (any more), and for what `list` leaves out.
        DeniedError
            When it may not be looked at.
        """

    @abstractmethod
    def open(
        self, ref: str, *, start: int = 0, end: int | None = None, if_version: str | None = None
    ) -> ByteStream:
        """Open a file for reading; the result must be closed, and is a context manager.

        Parameters
        ----------
        start, end
            The bytes wanted, from 0; `end` is exclusive and cut to the file's size, ``None`` is the end. An
            empty range gives an empty stream. Only with `Capabilities.ranges` may they differ from the
            default.
        if_version
            Only if the file still has this `Entry.version`.

        Raises
        ------
        NotFoundError, DeniedError
            As `stat` does; with `DeniedError` also when only the bytes are out of bounds.
        UnsupportedError
            When it is there and has no bytes to give: a folder, a shortcut, an online document.
        VersionMismatchError
            When the file has another version than `if_version`; also while iterating, at the latest behind
            the last chunk, when the file changed while it was read. What was read until then must be thrown
            away.
        RangeNotSatisfiableError
            When `start` lies behind the end, or the range is none.
        """

    @abstractmethod
    def changes(self, cursor: str | None, *, limit: int = PAGE_LIMIT) -> ChangePage:
        """Give some of what changed since a cursor, everywhere in the source.

        ``None`` begins a snapshot: a round of pages that lists everything, folders and files. Its place in
        the feed is fixed before the listing begins, so that what changes during the round is told by it or
        by the next one. A cursor of a finished round begins the next round: only what changed with a native
        feed, else a snapshot again. A cursor of an unfinished round goes on in it, in this object or in
        another one later.

        Nothing is lost when a page is asked for twice: upserts and deletes are to be applied in order and are
        harmless when repeated. A change may be told more than once, and an upsert may tell nothing new.

        Raises
        ------
        NotFoundError, DeniedError
            As `check` does: when the source is out of reach as a whole. Never is it an empty round.
        CursorResetError
            When the cursor is worth nothing any more. Begin with ``None`` and sweep what the snapshot does
            not mention; never wipe what is known before.
        """

    def in_place_url(self, ref: str) -> str | None:
        """Give the URL under which services read the bytes without us (`shared.python.storage`), if any.

        Raises
        ------
        NotFoundError
            When the ref is none that `list` can give. The file itself may be gone when the URL is used.
        """
        return None

    def close(self) -> None:
        """Let go of what the connection holds open. The object can be used on, and closed again."""
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
