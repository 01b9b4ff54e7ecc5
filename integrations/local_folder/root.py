"""Opens what lies beneath a folder, and nothing else.

Every component of a path is opened relative to the one before it and never through a symbolic link, so that
neither a link nor a folder that is swapped for a link in the meantime leads out. POSIX only: Linux and
macOS.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from integrations.local_folder.refs import path_of, shown
from shared.python.errors import DeniedError, NotFoundError, TonotopeError, UnavailableError

_GONE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ESTALE})
_DENIED = frozenset({errno.EACCES, errno.EPERM})
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# Without O_NONBLOCK, opening a FIFO waits for a writer: for ever.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def translate(error: OSError, *, path: str) -> TonotopeError:
    """Give the system's error in our words; the one place where they are known."""
    if error.errno in _GONE:
        return NotFoundError(f"{path} is not there (any more)")
    if error.errno in _DENIED:
        return DeniedError(f"no permission to read {path}: allow it, then scan again")
    return UnavailableError(f"{path} could not be read: {error.strerror}")


class Root:
    """The folder of a source, opened; a context manager.

    Raises
    ------
    NotFoundError
        On opening, when it is not there or no folder.
    DeniedError
        On opening, when it may not be listed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        label = shown(str(folder))
        try:
            self.fd = os.open(folder, _FOLDER)
        except FileNotFoundError as error:
            raise NotFoundError(
                f"the folder {label} is not there: connect its disk, or choose another"
            ) from error
        except NotADirectoryError as error:
            raise NotFoundError(f"{label} is not a folder: choose the folder that the file is in") from error
        except PermissionError as error:
            raise DeniedError(
                f"no permission to read the folder {label}: allow this account to list it, then scan again"
            ) from error
        except OSError as error:
            raise translate(error, path=f"the folder {label}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self.fd)

    def verify(self) -> None:
        """Make sure that the path still leads to the folder that was opened.

        Raises
        ------
        NotFoundError
            When nothing is there any more.
        UnavailableError
            When something else is: the folder was replaced, or its disk was removed or connected.
        """
        label = shown(str(self.folder))
        try:
            now = os.stat(self.folder)
        except OSError as error:
            raise translate(error, path=f"the folder {label}") from error
        if not os.path.samestat(now, os.fstat(self.fd)):
            raise UnavailableError(f"the folder {label} was replaced while it was read: scan it again")

    @contextmanager
    def open_folder(self, parts: tuple[str, ...]) -> Iterator[int]:
        """Give the descriptor of a folder for as long as the block lasts.

        Raises
        ------
        NotFoundError, DeniedError, UnavailableError
        """
        fd = os.dup(self.fd)
        try:
            for name in parts:
                try:
                    inner = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=fd)
                except OSError as error:
                    raise translate(error, path=path_of(parts)) from error
                os.close(fd)
                fd = inner
            yield fd
        finally:
            os.close(fd)

    def lstat(self, parts: tuple[str, ...]) -> os.stat_result:
        """Look at what is there, itself and not what it may link to.

        Raises
        ------
        NotFoundError, DeniedError, UnavailableError
        """
        if not parts:
            return os.fstat(self.fd)
        with self.open_folder(parts[:-1]) as fd:
            try:
                return os.stat(parts[-1], dir_fd=fd, follow_symlinks=False)
            except OSError as error:
                raise translate(error, path=path_of(parts)) from error

    def open_file(self, parts: tuple[str, ...]) -> int:
        """Give a descriptor of a regular file, to be closed by the caller.

        Raises
        ------
        NotFoundError
            Also when it is none any more.
        DeniedError, UnavailableError
        """
        with self.open_folder(parts[:-1]) as folder:
            try:
                fd = os.open(parts[-1], _FILE, dir_fd=folder)
            except OSError as error:
                raise translate(error, path=path_of(parts)) from error
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise NotFoundError(f"{path_of(parts)} is no file any more")
        return fd
