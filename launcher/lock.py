"""One Tonotope per data directory: a lock that the system takes away when its holder dies."""

import fcntl
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from shared.python.errors import ConfigError


class DataLock:
    """Held for as long as the block lasts; the file says who holds it.

    Raises
    ------
    ConfigError
        On entering, when another process holds it. The message names that process.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = -1

    def __enter__(self) -> Self:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = read_holder(self.path)
            os.close(descriptor)
            raise ConfigError(
                f"Tonotope is already running on this data directory ({holder}): "
                "use that one, stop it, or choose another directory with --data"
            ) from error
        self._descriptor = descriptor
        self.describe()
        return self

    def describe(self, url: str | None = None) -> None:
        """Write who we are, for whoever comes second."""
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps({"pid": os.getpid(), "url": url}).encode(), 0)

    @property
    def descriptor(self) -> int:
        """The open file. Whoever inherits it keeps the lock after our end."""
        return self._descriptor

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)


def read_holder(path: Path) -> str:
    """Say in words who holds the lock."""
    try:
        holder = json.loads(path.read_text())
        pid, url = holder["pid"], holder["url"]
    except (OSError, ValueError, KeyError, TypeError):
        # It is locked and not written yet: somebody started in this very moment.
        return "just starting"
    return f"process {pid}, {url}" if url else f"process {pid}, starting"


def is_held(path: Path) -> bool:
    """Whether some process holds the lock now."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
