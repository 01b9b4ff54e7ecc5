"""Keeps programs running: starts supervisord, asks it how they are, ends them in order.

supervisord itself is on our leash, and every program is on its: whatever dies, nothing stays behind. When
supervisord dies alone, `Supervision.revive` starts it and all programs again.
"""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from launcher.leash import holding, leashed
from launcher.paths import DataDirectory
from launcher.programs import Program, Stage
from launcher.supervisor_config import EX_CONFIG, write_config
from shared.python.errors import UnavailableError

STOP_S = sum(stage.stop_s for stage in Stage) + 0.5
_CALL_S = 5.0
_SOCKET_S = 15.0


class ProgramState(StrEnum):
    """supervisord's states (its documentation, "Process States")."""

    STOPPED = "STOPPED"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    BACKOFF = "BACKOFF"
    STOPPING = "STOPPING"
    EXITED = "EXITED"
    FATAL = "FATAL"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class ProgramStatus:
    """How one program is. `exit_code` is of its last end, `pid` is 0 when it does not run."""

    name: str
    state: ProgramState
    pid: int
    exit_code: int

    @property
    def needs_settings(self) -> bool:
        """Whether it ended to say that somebody must change a setting first."""
        return self.state is ProgramState.EXITED and self.exit_code == EX_CONFIG


class Supervision:
    """All programs of one data directory.

    Parameters
    ----------
    environment
        Of every program; each adds its own.
    lock_descriptor
        An open file that supervisord shall hold as long as it lives.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        data: DataDirectory,
        environment: Mapping[str, str],
        lock_descriptor: int | None = None,
    ) -> None:
        self.programs = tuple(programs)
        self._data, self._environment = data, dict(environment)
        self._inherited = () if lock_descriptor is None else (lock_descriptor,)
        self._daemon: subprocess.Popen[bytes] | None = None
        self._socket = data.make_control_socket_path()
        self._supervisor: Any = xmlrpc.client.ServerProxy(
            "http://supervisor/RPC2", transport=_UnixTransport(self._socket)
        )

    @property
    def pid(self) -> int | None:
        """The process id of supervisord."""
        return None if self._daemon is None else self._daemon.pid

    def start(self) -> None:
        """Start supervisord and with it every program. To be called in the main thread (`launcher.leash`).

        Raises
        ------
        UnavailableError
            When supervisord does not come up.
        """
        write_config(self.programs, data=self._data, socket=self._socket)
        complaints = self._data.log("supervisord.errors")
        command = (
            sys.executable, "-m", "launcher.supervisor_daemon", "-c", str(self._data.supervisor_config),
        )  # fmt: skip
        with complaints.open("wb") as errors:
            self._daemon = subprocess.Popen(
                leashed(command),
                cwd=self._data.root,
                env=holding(self._environment),
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                pass_fds=self._inherited,
                # Ctrl-C is for us: we end the programs in order.
                process_group=0,
            )
        deadline = time.monotonic() + _SOCKET_S
        while not self._answers():
            if self._daemon.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise UnavailableError(
                    f"supervisord does not come up: {complaints.read_text(errors='replace').strip()} "
                    f"(more in {self._data.log('supervisord')})"
                )
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            return bool(self._supervisor.supervisor.getState()["statename"] == "RUNNING")
        except (OSError, http.client.HTTPException, xmlrpc.client.Error):
            return False

    def _ring(self) -> None:
        # supervisord looks around once a second, and at once when somebody connects.
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as bell:
            bell.settimeout(0.2)
            bell.connect(os.fspath(self._socket))

    def revive(self) -> bool:
        """Start supervisord again if it is dead, and say whether it was."""
        if self._daemon is not None and self._daemon.poll() is None:
            return False
        self.start()
        return True

    def statuses(self) -> tuple[ProgramStatus, ...]:
        """Ask how the programs are.

        Raises
        ------
        UnavailableError
            When supervisord does not answer.
        """
        try:
            answers = self._supervisor.supervisor.getAllProcessInfo()
        except (OSError, http.client.HTTPException, xmlrpc.client.Error) as error:
            raise UnavailableError(f"supervisord does not answer: {error}") from error
        return tuple(
            ProgramStatus(
                name=answer["name"],
                state=ProgramState(answer["statename"]),
                pid=answer["pid"],
                exit_code=answer["exitstatus"],
            )
            for answer in answers
        )

    def pid_of(self, name: str) -> int:
        """Give the process id of a program; 0 when it does not run or nobody can tell now."""
        try:
            return next((status.pid for status in self.statuses() if status.name == name), 0)
        except UnavailableError:
            return 0

    def stop(self) -> None:
        """End every program, stage by stage, and supervisord; what is not gone by then is killed."""
        daemon, self._daemon = self._daemon, None
        if daemon is not None:
            deadline = time.monotonic() + STOP_S
            with contextlib.suppress(ProcessLookupError):
                daemon.send_signal(signal.SIGTERM)
            while daemon.poll() is None and time.monotonic() < deadline:
                self._ring()
                time.sleep(0.1)
            if daemon.poll() is None:
                daemon.kill()
                daemon.wait()
        self._socket.unlink(missing_ok=True)
        if not self._socket.is_relative_to(self._data.root):
            with contextlib.suppress(OSError):
                self._socket.parent.rmdir()


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("supervisor", timeout=_CALL_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(os.fspath(self._path))


class _UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        # A new one for each call: an old one would outlive the supervisord that it led to.
        return _UnixConnection(self._path)
