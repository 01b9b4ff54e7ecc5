"""Sounds in a folder of this machine, read in place."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from pydantic import Field, field_validator

from integrations.core.entries import Account, ChangePage, Entry, EntryKind, Page, Problem
from integrations.core.errors import CursorResetError, VersionMismatchError
from integrations.core.interface import PAGE_LIMIT, Integration
from integrations.core.manifest import Capabilities, Manifest, SourceConfig
from integrations.core.streams import CHUNK_BYTES, ByteStream, resolve_range
from integrations.local_folder.changes import Rounds
from integrations.local_folder.refs import ROOT_REF, parts_of, path_of, shown
from integrations.local_folder.root import Root, translate
from integrations.local_folder.walk import Position, children, entry_of, version_of
from shared.python.errors import NotFoundError, UnsupportedError
from shared.python.storage import file_url


class LocalFolderConfig(SourceConfig):
    folder: Path = Field(title="Folder", description="The folder that your sounds are in: an absolute path.")

    @field_validator("folder")
    @classmethod
    def _is_absolute(cls, folder: Path) -> Path:
        if not folder.is_absolute() or "\0" in str(folder):
            raise ValueError(f"{str(folder)!r} is no absolute path: begin it with /")
        return folder


class LocalFolder(Integration):
    """A folder and all that lies beneath it. POSIX only."""

    manifest = Manifest(
        id="local_folder",
        title="A folder on this machine",
        description="Sounds are read where they are; nothing is copied, moved or changed.",
        config=LocalFolderConfig,
        capabilities=Capabilities(change_feed="snapshot", in_place=True),
    )

    def __init__(self, config: LocalFolderConfig) -> None:
        self._folder = config.folder
        self._rounds = Rounds(config.folder)

    def check(self) -> Account:
        with Root(self._folder):
            resolved = self._folder.resolve()
        return Account(label=shown(str(self._folder)), stable_id=file_url(resolved))

    def roots(self) -> tuple[Entry, ...]:
        return (self.stat(ROOT_REF),)

    def list(self, ref: str, *, page_token: str | None = None, limit: int = PAGE_LIMIT) -> Page:
        parts = parts_of(ref)
        after = _after(page_token, parts=parts)
        entries: list[Entry] = []
        problems: list[Problem] = []
        with Root(self._folder) as root:
            self._entry(root, parts=parts)
            for child, found in children(root, parts=parts, after=after):
                if isinstance(found, Problem):
                    problems.append(found)
                elif len(entries) < limit:
                    entries.append(found)
                    last = Position(child, is_folder=found.kind is EntryKind.FOLDER)
                else:
                    return Page(
                        entries=tuple(entries), problems=tuple(problems), next_page_token=_token(last)
                    )
        return Page(entries=tuple(entries), problems=tuple(problems))

    def stat(self, ref: str) -> Entry:
        with Root(self._folder) as root:
            return self._entry(root, parts=parts_of(ref))

    def open(
        self, ref: str, *, start: int = 0, end: int | None = None, if_version: str | None = None
    ) -> ByteStream:
        parts = parts_of(ref)
        with Root(self._folder) as root:
            entry = self._entry(root, parts=parts)
            if entry.kind is not EntryKind.FILE:
                raise UnsupportedError(f"{entry.path or ROOT_REF} is a {entry.kind}: only files have bytes")
            fd = root.open_file(parts)
        try:
            found = os.fstat(fd)
            version = version_of(found)
            if if_version is not None and version != if_version:
                raise VersionMismatchError(
                    f"{entry.path} has version {version}, not {if_version}: look at it again"
                )
            first, last = resolve_range(start, end=end, size_bytes=found.st_size)
        except BaseException:
            os.close(fd)
            raise
        return ByteStream(
            _chunks(fd, start=first, end=last, version=version, path=entry.path),
            start=first,
            end=last,
            size_bytes=found.st_size,
            version=version,
            close=lambda: os.close(fd),
        )

    def changes(self, cursor: str | None, *, limit: int = PAGE_LIMIT) -> ChangePage:
        return self._rounds.page(cursor, limit=limit)

    def in_place_url(self, ref: str) -> str:
        return file_url(self._folder.joinpath(*parts_of(ref)))

    def close(self) -> None:
        self._rounds.close()

    def _entry(self, root: Root, *, parts: tuple[str, ...]) -> Entry:
        entry = entry_of(parts, found=root.lstat(parts))
        if entry is None:
            raise NotFoundError(f"{path_of(parts)} is no sound and no folder")
        return entry if parts else replace(entry, name=shown(self._folder.name))


def _chunks(fd: int, *, start: int, end: int, version: str, path: str) -> Iterator[bytes]:
    """Read a range; an error at the end when the file was written to meanwhile."""
    position = start
    try:
        while position < end and (chunk := os.pread(fd, min(CHUNK_BYTES, end - position), position)):
            position += len(chunk)
            yield chunk
        changed = version_of(os.fstat(fd)) != version
    except OSError as error:
        raise translate(error, path=path) from error
    if changed:
        raise VersionMismatchError(f"{path} was changed while it was read: read it again")


def _token(position: Position) -> str:
    return f"{'d' if position.is_folder else 'f'}:{os.fsencode(position.parts[-1]).hex()}"


def _after(page_token: str | None, *, parts: tuple[str, ...]) -> Position | None:
    if page_token is None:
        return None
    kind, _, name = page_token.partition(":")
    try:
        return Position((*parts, os.fsdecode(bytes.fromhex(name))), is_folder={"d": True, "f": False}[kind])
    except (ValueError, KeyError) as error:
        raise CursorResetError(f"page token {page_token!r} is none of this folder: begin again") from error
