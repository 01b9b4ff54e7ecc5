"""The embedded message queue: a ``nats-server`` of our own, with its own store, port and password.

It listens on loopback only. The password keeps other users of the machine out, and it stands in a file that
only this user can read. ``sync_interval: always`` writes every message to the disk before it is acknowledged:
the server's own default would lose the last two minutes in a power cut.
"""

import json
import os
import re
import shutil
import subprocess
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from shared.python.bus_permissions import Permissions, authorization
from shared.python.errors import ConfigError

MINIMUM_VERSION = (2, 12, 0)
HOST = "127.0.0.1"
FIRST_PORT = 14222
"""Below the range that the kernel takes for outgoing connections, so that a restart finds its port free."""

_REMEDY = (
    "install the one that Tonotope brings along (`make setup`), or name one with NATS_SERVER, "
    "or give NATS_URL to use a queue that runs elsewhere"
)


def find_queue_server() -> Path:
    """Find the server: ``NATS_SERVER``, else the one installed beside this Python, else the one on ``PATH``.

    Raises
    ------
    ConfigError
        When there is none.
    """
    if named := os.environ.get("NATS_SERVER"):
        path = Path(named).expanduser()
        if not os.access(path, os.X_OK):
            raise ConfigError(f"NATS_SERVER={named} is no program that can be started")
        return path.absolute()
    installed = Path(sysconfig.get_path("scripts")) / "nats-server"
    if os.access(installed, os.X_OK):
        return installed
    if found := shutil.which("nats-server"):
        return Path(found).absolute()
    raise ConfigError(f"nats-server, the message queue, is not installed: {_REMEDY}")


def read_version(server: Path) -> tuple[int, int, int]:
    """Ask the server for its version.

    Raises
    ------
    ConfigError
        When it does not answer like one.
    """
    try:
        answer = subprocess.run(
            [str(server), "--version"], capture_output=True, text=True, timeout=20, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigError(f"{server} cannot be started: {error}. Instead, {_REMEDY}") from error
    if (match := re.search(r"v?(\d+)\.(\d+)\.(\d+)", answer)) is None:
        raise ConfigError(f"{server} --version says {answer!r}, which is no version: {_REMEDY}")
    major, minor, patch = (int(part) for part in match.groups())
    return major, minor, patch


def require_version(server: Path) -> tuple[int, int, int]:
    """Give the server's version.

    Raises
    ------
    ConfigError
        When it is older than `MINIMUM_VERSION`: those lack ``sync_interval`` or can lose streams in a crash.
    """
    version = read_version(server)
    if version < MINIMUM_VERSION:
        raise ConfigError(
            f"{server} is version {'.'.join(map(str, version))}, and Tonotope needs "
            f"{'.'.join(map(str, MINIMUM_VERSION))} or later: {_REMEDY}"
        )
    return version


@dataclass(frozen=True, slots=True)
class QueueUser:
    """Who may connect, and what for."""

    name: str
    password: str
    permissions: Permissions


@dataclass(frozen=True, slots=True)
class QueueServer:
    """One embedded server: the program, its directory, its port and who may use it."""

    program: Path
    directory: Path
    port: int
    users: tuple[QueueUser, ...]

    def url(self, user: QueueUser) -> str:
        return f"nats://{user.name}:{user.password}@{HOST}:{self.port}"

    @property
    def config_path(self) -> Path:
        return self.directory / "nats.conf"

    def write_config(self) -> None:
        """Write the configuration, for this user's eyes only."""
        store = self.directory / "store"
        store.mkdir(mode=0o700, exist_ok=True)
        lines = (
            'server_name: "tonotope"',
            f'listen: "{HOST}:{self.port}"',
            f"jetstream {{ store_dir: {json.dumps(str(store), ensure_ascii=False)}, sync_interval: always }}",
            authorization((user.name, json.dumps(user.password), user.permissions) for user in self.users),
        )
        self.config_path.unlink(missing_ok=True)
        descriptor = os.open(self.config_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write("\n".join(lines) + "\n")
