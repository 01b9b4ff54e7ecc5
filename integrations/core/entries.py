"""What a source answers with: its entries, in pages, and what went wrong on the way.

::

    Account      whose files these are
    Entry        one file, folder or shortcut
    Problem      one thing that should have been an entry and could not be read
    Page         some of the children of a folder
    ChangePage   some of what changed since a cursor
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shared.python.models import FailureCode


class EntryKind(StrEnum):
    """What an entry is. `other`: it has a name and no bytes to download (an online document)."""

    FILE = "file"
    FOLDER = "folder"
    SHORTCUT = "shortcut"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose files a connection reaches.

    Attributes
    ----------
    label
        What a person knows it by: an e-mail address, a bucket, a folder.
    stable_id
        Equal for two connections to the same files, whatever they were given as; for nothing else.
    """

    label: str
    stable_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    r"""One file, folder or shortcut of a source.

    Attributes
    ----------
    ref
        The key: the provider's own id, opaque, printable ASCII, unique within the source. Names and paths may
        repeat, refs never do.
    parent_refs
        The folders it lies in; empty for a root. Some providers allow several.
    name
        As the provider has it: any Unicode, of any normalisation, with control characters and slashes. Only
        what is no Unicode at all is written as ``\xff``, so that a name can always be stored and sent.
    path
        The names from the root to here, joined by ``/``: for people to read, never to find the file by.
    size_bytes, version, mtime, mime, hashes
        As far as the provider tells without being asked once more. `version` is equal only for equal bytes,
        as far as the provider can know, and is what `Integration.open` takes as `if_version`; every file
        has one. `mime` is what the name or the provider claims. `hashes` are hexadecimal, by algorithm.
    target_ref
        What a shortcut leads to, when that lies within the same source.
    downloadable
        Whether `Integration.open` can give its bytes.
    """

    ref: str
    parent_refs: tuple[str, ...]
    name: str
    path: str
    kind: EntryKind
    size_bytes: int | None = None
    version: str | None = None
    mtime: datetime | None = None
    mime: str | None = None
    hashes: Mapping[str, str] = field(default_factory=dict, hash=False)
    target_ref: str | None = None
    downloadable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that is there and could not be looked at.

    A problem is counted and shown as a failed file is. Where it stands for a folder, what lies beneath
    `path` is unknown: neither there nor gone.
    """

    ref: str
    path: str
    code: FailureCode
    message: str

    def covers(self, path: str) -> bool:
        """Say whether the problem hides what used to be at this path."""
        return path == self.path or path.startswith(f"{self.path}/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of the children of a folder. There is more as long as `next_page_token` is not ``None``."""

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...] = ()
    next_page_token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage:
    """Some of what changed since a cursor; the pages up to the first without `has_more` are one round.

    Attributes
    ----------
    upserts
        New entries and ones that are different now, folders before what lies in them.
    deletes
        Refs of what is gone. The ref of a folder stands for all that lies beneath it.
    cursor
        Where to go on, whether or not there is more; ``None`` is "from the very beginning". A bearer secret
        with some providers: to be stored encrypted and never logged.
    has_more
        Whether the next page can be had at once.
    snapshot
        The round this page belongs to lists everything there is. What it does not mention when it is over
        is gone, except beneath its problems.
    """

    upserts: tuple[Entry, ...]
    deletes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    cursor: str | None
    has_more: bool
    snapshot: bool = False

    @property
    def files(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.upserts if entry.kind is EntryKind.FILE)
