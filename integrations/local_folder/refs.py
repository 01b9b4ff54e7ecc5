r"""Refs of files in a folder: the path from the root, its bytes percent-encoded.

An inode number would survive a rename, but is given away again once a file is deleted, differs after a copy
or a restore, and cannot be opened without a search. What must survive a rename is the analysis, and that is
keyed by the hash of the bytes; so the path may be the key here. Percent-encoding keeps any bytes that a
name may have, in plain ASCII: the Latin-1 name ``b"caf\xe9.wav"`` is ``caf%E9.wav``, and the root is ``.``.
"""

import os
from urllib.parse import quote_from_bytes, unquote_to_bytes

from shared.python.errors import NotFoundError

ROOT_REF = "."


def ref_of(parts: tuple[str, ...]) -> str:
    """Give the ref of the names from the root to a file, as `os.fsdecode` has them."""
    return "/".join(quote_from_bytes(os.fsencode(name), safe="") for name in parts) or ROOT_REF


def parts_of(ref: str) -> tuple[str, ...]:
    """Give the names that lead from the root to a file.

    Raises
    ------
    NotFoundError
        When `ref_of` would never give this ref: above all, when it climbs out of the root.
    """
    if ref == ROOT_REF:
        return ()
    parts = tuple(os.fsdecode(unquote_to_bytes(name)) for name in ref.split("/"))
    if any(name in ("", ".", "..") or "/" in name or "\0" in name for name in parts) or ref_of(parts) != ref:
        raise NotFoundError(f"{ref!r} is no file of this folder")
    return parts


def shown(name: str) -> str:
    r"""Give a name as any program can store and show it: what is no UTF-8 is written as ``\xff``."""
    return name if name.isascii() else os.fsencode(name).decode(errors="backslashreplace")


def path_of(parts: tuple[str, ...]) -> str:
    return "/".join(map(shown, parts))
