"""The folders of this machine that people may look into and add: those the operator allows, and beneath."""

import os
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from integrations.core.sound_names import sound_type
from shared.python.errors import DeniedError, NotFoundError


@dataclass(frozen=True, slots=True)
class FolderListing:
    """What a person sees when looking into a folder; `n_audio_files` counts those directly in it."""

    path: Path
    parent: Path | None
    folders: tuple[Path, ...]
    n_audio_files: int


def allowed_roots() -> tuple[Path, ...]:
    """Give the folders of ``ALLOWED_FOLDERS`` that are there, with links followed.

    Without the setting it is the person's home on a machine of one's own, and nothing on a server.
    """
    allowed = settings.ALLOWED_FOLDERS or ([Path.home()] if settings.LOOPBACK else [])
    return tuple(dict.fromkeys(folder.resolve() for folder in allowed if folder.is_dir()))


def require_allowed(folder: Path) -> Path:
    """Give the true path of a folder that may be read, with links followed.

    Raises
    ------
    NotFoundError
        When it is no folder.
    DeniedError
        When neither it nor a folder above it is allowed, or the system lets nobody in.
    """
    roots = allowed_roots()
    # Before we say whether something is there, for it is nobody's business elsewhere.
    try:
        resolved = folder.resolve()
    except (ValueError, OSError, RuntimeError) as error:  # a NUL in the name, or links in a circle
        raise NotFoundError(f"{str(folder)!r} is no path to a folder") from error
    if not any(resolved.is_relative_to(root) for root in roots):
        names = ", ".join(map(str, roots)) or "none"
        raise DeniedError(
            f"{folder} is not in a folder that may be read ({names}): add it to ALLOWED_FOLDERS"
        )
    try:
        is_folder = resolved.is_dir()
    except PermissionError as error:
        raise DeniedError(f"no permission to look into {folder}") from error
    if not is_folder:
        raise NotFoundError(f"{folder} is no folder" if resolved.exists() else f"there is no folder {folder}")
    return resolved


def list_folder(path: Path | None = None) -> FolderListing:
    """Look into a folder; into the first allowed one when none is named.

    Raises
    ------
    NotFoundError, DeniedError
    """
    roots = allowed_roots()
    if path is None and not roots:
        raise NotFoundError("no folder may be read here: set ALLOWED_FOLDERS to those that may")
    folder = require_allowed(path or roots[0])
    try:
        with os.scandir(folder) as found:
            entries = [entry for entry in found if not entry.name.startswith(".")]
    except PermissionError as error:
        raise DeniedError(f"no permission to look into {folder}") from error
    return FolderListing(
        path=folder,
        parent=None if folder in roots else folder.parent,
        folders=tuple(sorted((folder / e.name for e in entries if _is_folder(e)), key=_as_people_sort)),
        n_audio_files=sum(sound_type(entry.name) is not None and _is_file(entry) for entry in entries),
    )


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    # A name that is no Unicode cannot travel in an address; its folder can be added from the one above it.
    # Links are not followed for the same reason that a scan does not follow them: they may lead anywhere.
    try:
        return entry.name.isprintable() and entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _is_file(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_file(follow_symlinks=False)
    except OSError:
        return False


def _as_people_sort(path: Path) -> tuple[str, str]:
    return (path.name.casefold(), path.name)
