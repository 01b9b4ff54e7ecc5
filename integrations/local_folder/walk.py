"""Walks through a folder: what is listed, in which order, and what is left out.

Listed are folders, regular files that have the name of a sound, and symbolic links. Left out are

- whatever has a name that begins with a dot: hidden, a version control's, or a Mac's shadow file
(``._kick.wav``); - the folders in `SYSTEM_FOLDERS`, where operating systems, archivers and network disks
keep their own things; - devices, sockets and FIFOs, and files with any other name.

Links are never followed. What they lead to within the folder is listed where it is; what lies outside is
out of bounds, and can be added as a source of its own. So nothing is listed twice, and no loop is without
end.

The order is that of a reader: a folder, its files, then its subfolders, both by the bytes of their names.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from integrations.core.entries import Entry, EntryKind, Problem
from integrations.core.sound_names import sound_type
from integrations.local_folder.refs import ROOT_REF, path_of, ref_of, shown
from integrations.local_folder.root import Root, translate
from shared.python.errors import NotFoundError, TonotopeError
from shared.python.models import FailureCode

SYSTEM_FOLDERS = frozenset(
    {"__MACOSX", "$RECYCLE.BIN", "System Volume Information", "lost+found", "@eaDir", "#recycle", "#snapshot"}
)


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the order of a walk: directly behind this entry, before what it holds."""

    parts: tuple[str, ...]
    is_folder: bool


def is_left_out(name: str) -> bool:
    return name.startswith(".") or name in SYSTEM_FOLDERS


def version_of(found: os.stat_result) -> str:
    return f"{found.st_size}-{found.st_mtime_ns}"


def entry_of(parts: tuple[str, ...], *, found: os.stat_result) -> Entry | None:
    """Give the entry of what was found at a path, or ``None`` when it is left out."""
    if any(map(is_left_out, parts)):
        return None
    name = parts[-1] if parts else ""
    mime = sound_type(name)
    if stat.S_ISDIR(found.st_mode):
        kind = EntryKind.FOLDER
    elif stat.S_ISLNK(found.st_mode):
        kind = EntryKind.SHORTCUT
    elif stat.S_ISREG(found.st_mode) and mime is not None:
        kind = EntryKind.FILE
    else:
        return None
    is_file = kind is EntryKind.FILE
    return Entry(
        ref=ref_of(parts),
        parent_refs=(ref_of(parts[:-1]),) if parts else (),
        name=shown(name),
        path=path_of(parts),
        kind=kind,
        size_bytes=found.st_size if is_file else None,
        version=version_of(found) if is_file else None,
        mtime=_moment(found.st_mtime_ns),
        mime=mime if is_file else None,
        downloadable=is_file,
    )


def children(
    root: Root, *, parts: tuple[str, ...], after: Position | None = None
) -> Iterator[tuple[tuple[str, ...], Entry | Problem]]:
    """Give the entries of one folder in order, those behind a position, each with the names that lead to it.

    Raises
    ------
    NotFoundError, DeniedError, UnavailableError
        When the folder itself cannot be read.
    """
    longest_path = os.pathconf(root.fd, "PC_PATH_MAX") - 1
    prefix_bytes = sum(len(os.fsencode(name)) + 1 for name in (str(root.folder), *parts))
    with root.open_folder(parts) as fd:
        for is_folder, name in _names(fd, path=path_of(parts)):
            if after is not None and (is_folder, os.fsencode(name)) <= _order(after):
                continue
            child = (*parts, name)
            try:
                found = os.stat(name, dir_fd=fd, follow_symlinks=False)
            except OSError as error:
                yield child, problem_of(child, error=translate(error, path=path_of(child)))
                continue
            entry = entry_of(child, found=found)
            if entry is None:
                continue
            length = prefix_bytes + len(os.fsencode(name))
            if length > longest_path:
                yield child, _too_long(child, length=length, longest=longest_path)
            else:
                yield child, entry


def walk(root: Root, *, after: Position | None = None) -> Iterator[tuple[Position, Entry | Problem]]:
    """Give everything beneath the root in order, each with its position; or only what lies behind a position.

    A folder that cannot be read is followed by its problem, and the walk goes on behind it. Depth costs
    neither stack nor descriptors.

    Raises
    ------
    NotFoundError, UnavailableError
        When the root vanishes or is replaced during the walk: what was given until then is not everything.
    DeniedError
        When the root itself may not be listed.
    """
    # Folders whose content is yet to come, the next one last; ``None`` for one that was given before `after`.
    ahead: list[tuple[tuple[str, ...], Entry | None]] = [((), None)]
    while ahead:
        parts, folder = ahead.pop()
        if folder is not None:
            yield Position(parts, is_folder=True), folder
        inner: list[tuple[tuple[str, ...], Entry | None]] = []
        begin = None
        if after is not None and parts == after.parts[: len(parts)] and len(parts) < len(after.parts):
            at_end = len(parts) == len(after.parts) - 1
            begin = Position(after.parts[: len(parts) + 1], is_folder=after.is_folder or not at_end)
            if begin.is_folder:
                inner.append((begin.parts, None))
        try:
            for child, found in children(root, parts=parts, after=begin):
                if isinstance(found, Entry) and found.kind is EntryKind.FOLDER:
                    inner.append((child, found))
                else:
                    yield Position(child, is_folder=False), found
        except TonotopeError as error:
            root.verify()
            if not parts:
                raise
            # A folder that was given before and has gone since needs no word: the next round tells.
            if not (folder is None and isinstance(error, NotFoundError)):
                yield Position(parts, is_folder=True), problem_of(parts, error=error)
        ahead.extend(reversed(inner))
    root.verify()


def problem_of(parts: tuple[str, ...], *, error: TonotopeError) -> Problem:
    return Problem(
        ref=ref_of(parts), path=path_of(parts), code=FailureCode(error.code), message=error.message
    )


def _too_long(parts: tuple[str, ...], *, length: int, longest: int) -> Problem:
    return Problem(
        ref=ref_of(parts),
        path=path_of(parts),
        code=FailureCode.LIMIT,
        message=f"the path has {length} bytes, and this system opens none with more than {longest}: "
        "shorten the names of the folders it is in",
    )


def _names(fd: int, *, path: str) -> list[tuple[bool, str]]:
    """Give the names in a folder that are worth a look, files first, each kind in the order of its bytes."""
    names: list[tuple[bool, str]] = []
    try:
        with os.scandir(fd) as listing:
            for found in listing:
                if is_left_out(found.name):
                    continue
                is_folder = found.is_dir(follow_symlinks=False)
                if is_folder or found.is_symlink() or sound_type(found.name) is not None:
                    names.append((is_folder, found.name))
    except OSError as error:
        raise translate(error, path=path or ROOT_REF) from error
    names.sort(key=lambda item: (item[0], os.fsencode(item[1])))
    return names


def _order(position: Position) -> tuple[bool, bytes]:
    return position.is_folder, os.fsencode(position.parts[-1])


def _moment(mtime_ns: int) -> datetime | None:
    """Give the time of a change; ``None`` where a broken clock wrote one beyond the years 1 to 9999."""
    try:
        return datetime.fromtimestamp(mtime_ns / 1e9, UTC)
    except (OverflowError, ValueError, OSError):
        return None
