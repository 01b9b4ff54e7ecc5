"""Writes the configuration of supervisord from the list of programs.

All paths in it are relative to supervisord's working directory, the data directory. That keeps out of the
file what its format cannot hold: it cuts values at `` ;`` and `` #`` and expands ``%``.
"""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from launcher.leash import leashed
from launcher.paths import DataDirectory
from launcher.programs import Program, Stage, in_stage

EX_CONFIG = 78
"""Exit code of a program that cannot run before somebody changes a setting (``sysexits.h``): no restart."""

START_S = 5
"""A program that ends sooner than this after its start is restarted with a growing delay, else at once."""

_PRACTICALLY_EVER = 1_000_000
_LOG_BYTES, _LOG_BACKUPS = 5_000_000, 3


def write_config(programs: Sequence[Program], *, data: DataDirectory, socket: Path) -> None:
    """Write ``run/supervisord.conf``, for this user's eyes only: it holds the services' passwords."""
    sections = [_daemon(), _control(socket, data)]
    sections += [_program(program) for program in programs]
    sections += [_group(stage, in_stage(programs, stage), priority) for priority, stage in _start_order()]
    data.supervisor_config.unlink(missing_ok=True)
    descriptor = os.open(data.supervisor_config, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write("\n\n".join(section for section in sections if section) + "\n")


def _start_order() -> list[tuple[int, Stage]]:
    # supervisord starts groups by rising priority, and ends them by falling priority, one after the other.
    return [(10 * n, stage) for n, stage in enumerate(reversed(Stage), start=1)]


def _daemon() -> str:
    return "\n".join(
        (
            "[supervisord]",
            "nodaemon = true",
            "silent = true",
            "logfile = logs/supervisord.log",
            f"logfile_maxbytes = {_LOG_BYTES}",
            f"logfile_backups = {_LOG_BACKUPS}",
            "pidfile = run/supervisord.pid",
            "nocleanup = true",
            "minprocs = 1",
        )
    )


def _control(socket: Path, data: DataDirectory) -> str:
    path = socket.relative_to(data.root) if socket.is_relative_to(data.root) else socket
    return "\n".join(
        (
            "[unix_http_server]",
            f"file = {path}",
            "chmod = 0600",
            "",
            "[rpcinterface:supervisor]",
            "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface",
        )
    )


def _program(program: Program) -> str:
    environment = ",".join(f'{name}="{value}"' for name, value in program.environment.items())
    return "\n".join(
        (
            f"[program:{program.name}]",
            f"command = {_escaped(shlex.join(leashed(program.command)))}",
            f"environment = {_escaped(environment)}",
            "autorestart = unexpected",
            f"exitcodes = {EX_CONFIG}",
            f"startsecs = {START_S}",
            f"startretries = {_PRACTICALLY_EVER}",
            f"stopwaitsecs = {program.stage.stop_s}",
            "killasgroup = true",
            "redirect_stderr = true",
            f"stdout_logfile = logs/{program.name}.log",
            f"stdout_logfile_maxbytes = {_LOG_BYTES}",
            f"stdout_logfile_backups = {_LOG_BACKUPS}",
        )
    )


def _group(stage: Stage, programs: Sequence[Program], priority: int) -> str:
    if not programs:
        return ""
    names = ",".join(program.name for program in programs)
    return f"[group:{stage.value}]\nprograms = {names}\npriority = {priority}"


def _escaped(value: str) -> str:
    return value.replace("%", "%%")
