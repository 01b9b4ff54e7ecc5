"""The data directory: everything that Tonotope keeps on this machine.

::

    tonotope.sqlite3    the database
    blobs/              what was measured, previews, layouts
    queue/              nats.conf and the queue's store
    secrets/            generated once, readable by nobody else
    logs/               one file per process, rotated
    models/             embedding models that were dropped in, each with its manifest
    cache/numba/        compiled kernels
    run/                the lock, the supervisor's configuration and its socket

Only the database, the blobs and the models are worth a backup: the rest is made again when it is missing.
"""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from shared.python.errors import ConfigError

# A Unix socket's address holds 108 bytes on Linux and 104 on macOS, and supervisord first binds a temporary
# name that is up to 11 bytes longer.
_MAX_SOCKET_PATH_BYTES = 104 - 1 - len(".4194304") - 3


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """Names everything under `root`, an absolute path."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "tonotope.sqlite3"

    @property
    def blobs(self) -> Path:
        return self.root / "blobs"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def queue(self) -> Path:
        return self.root / "queue"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def numba_cache(self) -> Path:
        return self.root / "cache" / "numba"

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def lock(self) -> Path:
        return self.run / "tonotope.lock"

    @property
    def supervisor_config(self) -> Path:
        return self.run / "supervisord.conf"

    def log(self, name: str) -> Path:
        """Give the log file of one process, by its name."""
        return self.logs / f"{name}.log"

    def prepare(self) -> None:
        """Make what is missing, private to this user.

        Raises
        ------
        ConfigError
            When the directory cannot be made or written.
        """
        try:
            for directory in (
                self.root,
                self.blobs,
                self.models,
                self.queue,
                self.secrets,
                self.logs,
                self.numba_cache,
                self.run,
            ):
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.secrets.chmod(0o700)
            with tempfile.TemporaryFile(dir=self.root):
                pass
        except OSError as error:
            raise ConfigError(
                f"the data directory {self.root} cannot be written ({error.strerror}): "
                "choose another with --data or TONOTOPE_DATA"
            ) from error

    def make_control_socket_path(self) -> Path:
        """Give a path for the supervisor's socket that is short enough to be bound.

        It is in `run`, or, when that lies too deep, in a new private directory among the temporary files.
        """
        path = self.run / "supervisor.sock"
        if len(os.fsencode(path)) <= _MAX_SOCKET_PATH_BYTES:
            return path
        return (
            Path(tempfile.mkdtemp(prefix="tonotope-", dir=_short_temporary_directory())) / "supervisor.sock"
        )


def _short_temporary_directory() -> str:
    directory = tempfile.gettempdir()
    return directory if len(os.fsencode(directory)) < _MAX_SOCKET_PATH_BYTES // 2 else "/tmp"  # noqa: S108


def data_directory(chosen: Path | None = None) -> DataDirectory:
    """Find the data directory: `chosen`, else ``TONOTOPE_DATA``, else where the system keeps such data."""
    path = chosen or Path(os.environ.get("TONOTOPE_DATA") or platformdirs.user_data_dir("tonotope"))
    return DataDirectory(path.expanduser().absolute())
