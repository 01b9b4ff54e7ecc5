"""Reads a source: what is there, what is new, what is gone, and the hash of every file whose bytes may have
changed. It gives this in small batches, so that the first sounds are heard while the listing goes on.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from integrations.core.entries import ChangePage, Entry, Problem
from integrations.core.errors import CursorResetError
from integrations.core.following import Known, follow
from integrations.core.interface import Integration
from integrations.core.registry import open_integration
from services.main_app.sources.models import Source
from shared.python.errors import TonotopeError
from shared.python.models import FailureCode

FIRST_BATCH_FILES, BATCH_FILES = 16, 128
"""Batches begin small, so that the first sounds are heard soon, and double: large ones cost less a file."""
BATCH_BYTES = 64 * 1024 * 1024
"""With so much read, a batch is not waited to be full."""
_PAGE_LIMIT = 512
_PROBLEM_VERSION = ""
"""Version of a row that stands for something that could not be looked at: never equal to a real one."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One file that is new or changed, read once: its hash, or why there is none."""

    ref: str
    path: str
    size_bytes: int
    modified_at: datetime | None
    version: str
    content_hash: str = ""
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a scan found since the batch before. Only the last one carries the cursor."""

    arrivals: tuple[Arrival, ...] = ()
    gone: tuple[str, ...] = ()
    cursor: str | None = None


def scan(source: Source) -> Iterator[Batch]:
    """Follow a source to its present state, in batches of at most `BATCH_FILES` arrivals.

    Raises
    ------
    NotFoundError, DeniedError, UnavailableError, ConfigError
        When the source as a whole is out of reach. What was given until then is true.
    """
    # A file that could not be read the last time is news in any version.
    known = {
        file.ref: Known(version=file.version if file.content_hash else None, path=file.path)
        for file in source.files.filter(gone_at=None, parent=None).iterator()
    }
    with open_integration(source.provider, source.config) as integration:
        try:
            yield from _follow(integration, cursor=source.cursor or None, known=known)
        except CursorResetError:
            # Begin again from the whole; what is known stays known, the comparison finds what is gone.
            yield from _follow(integration, cursor=None, known=known)


def _follow(integration: Integration, *, cursor: str | None, known: dict[str, Known]) -> Iterator[Batch]:
    most_files = FIRST_BATCH_FILES
    for page in follow(integration, cursor=cursor, known=known, limit=_PAGE_LIMIT):
        for problem in page.problems:
            yield Batch(arrivals=(_problem(problem),))
        arrivals: list[Arrival] = []
        n_bytes = 0
        for entry in page.files:
            arrivals.append(_read(integration, entry))
            n_bytes += arrivals[-1].size_bytes
            if len(arrivals) >= most_files or n_bytes >= BATCH_BYTES:
                yield Batch(arrivals=tuple(arrivals))
                arrivals, n_bytes = [], 0
                most_files = min(2 * most_files, BATCH_FILES)
        if arrivals:
            yield Batch(arrivals=tuple(arrivals))
        yield Batch(gone=_gone(page, known), cursor=None if page.has_more else page.cursor or "")


def _gone(page: ChangePage, known: dict[str, Known]) -> tuple[str, ...]:
    return tuple(ref for ref in page.deletes if ref in known)


def _problem(problem: Problem) -> Arrival:
    return Arrival(
        ref=problem.ref,
        path=problem.path,
        size_bytes=0,
        modified_at=None,
        version=_PROBLEM_VERSION,
        code=problem.code,
        message=problem.message,
    )


def _read(integration: Integration, entry: Entry) -> Arrival:
    size_bytes, digest = 0, hashlib.sha256()
    arrival = Arrival(
        ref=entry.ref,
        path=entry.path,
        size_bytes=entry.size_bytes or 0,
        modified_at=entry.mtime,
        version=entry.version or "",
    )
    try:
        with integration.open(entry.ref, if_version=entry.version) as stream:
            for chunk in stream:
                digest.update(chunk)
                size_bytes += len(chunk)
    except TonotopeError as error:
        code = error.code if error.code in set(FailureCode) else FailureCode.UNAVAILABLE
        return replace(arrival, code=code, message=error.message)
    if size_bytes == 0:
        return replace(arrival, code=FailureCode.EMPTY, message="The file is empty (0 bytes)")
    return replace(arrival, content_hash=digest.hexdigest(), size_bytes=size_bytes)
