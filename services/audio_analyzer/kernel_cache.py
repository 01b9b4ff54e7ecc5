"""Where compiled kernels are kept: numba is told of a writable directory before it is imported.

Without one, numba gives up at the first kernel; with a new one at every start, each start compiles for a
quarter of a minute. What numba reads there it runs, so a directory counts only if it is this user's and
nobody else can write to it.
"""

import os
import tempfile
from pathlib import Path

VARIABLE = "NUMBA_CACHE_DIR"


def choose_cache_directory() -> None:
    """Set `VARIABLE` unless it is set: to the user's cache, or else to a directory for temporary files.

    A set one stays as it is, writable or not: whoever set it is told by `self_check`.
    """
    if os.environ.get(VARIABLE):
        return
    for directory in _candidates():
        if _is_ours(directory):
            os.environ[VARIABLE] = str(directory)
            return
    os.environ[VARIABLE] = tempfile.mkdtemp(prefix="tonotope-kernels-")


def _candidates() -> tuple[Path, ...]:
    # A user without a home keeps the tilde: that is no directory.
    user_cache = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))
    shared = Path(tempfile.gettempdir(), f"tonotope-kernels-{os.getuid()}")
    return user_cache / "tonotope" / "kernels", shared


def _is_ours(directory: Path) -> bool:
    """Make the directory if it is not there; whether it is writable, and for nobody but us."""
    if not directory.is_absolute():
        return False
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = directory.lstat()
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError:
        return False
    return (
        directory.is_dir()
        and not directory.is_symlink()
        and found.st_uid == os.getuid()
        and not found.st_mode & 0o022
    )
