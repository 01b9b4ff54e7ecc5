"""``tonotope doctor``: is this machine fit, and if not, what is missing and how does one get it?"""

import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from launcher.environment import usable_cores, worker_slots
from launcher.lock import is_held, read_holder
from launcher.paths import DataDirectory
from launcher.ports import DEFAULT_WEB_PORT, first_free_port
from launcher.queue_server import find_queue_server, require_version
from shared.python.errors import ConfigError

_GIB = 1 << 30
_DECODERS = ("services.audio_analyzer.decode", "services.audio_analyzer.resample")
_NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smbfs", "smb3", "afpfs", "9p", "fuse.sshfs"})


class Grade(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. `remedy` says how to get what is missing; empty when nothing is."""

    name: str
    grade: Grade
    message: str
    remedy: str = ""


def doctor(data: DataDirectory, *, as_json: bool) -> int:
    """Print every check, and give 1 when one failed."""
    checks = list(run_checks(data))
    fit = all(check.grade is not Grade.FAIL for check in checks)
    if as_json:
        print(json.dumps({"ok": fit, "checks": [asdict(check) for check in checks]}))
    else:
        for check in checks:
            print(f"{check.grade:<5}{check.name}: {check.message}")
            if check.remedy:
                print(f"     → {check.remedy}")
    return 0 if fit else 1


def run_checks(data: DataDirectory) -> Iterator[Check]:
    """Look at everything, from the cheap to the dear."""
    yield check_python()
    yield check_machine()
    yield check_memory(psutil.virtual_memory().total, psutil.virtual_memory().available)
    yield check_writable(data)
    yield check_disk(shutil.disk_usage(_existing_parent(data.root)).free, data.root)
    yield check_file_system(data)
    yield check_running(data)
    yield check_queue_server()
    yield check_decoders()
    yield check_web_app(web_app_directory())
    yield check_port()
    yield check_open_files(resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    yield check_clock(time.time())


def check_python() -> Check:
    message = f"{platform.python_version()} at {sys.executable}"
    if sys.version_info[:2] == (3, 11):
        return Check("Python", Grade.OK, message)
    return Check(
        "Python",
        Grade.FAIL,
        message,
        "needs 3.11: `make setup` gets it",
    )


def check_machine() -> Check:
    load = os.getloadavg()[0]
    cores = usable_cores()
    message = f"{platform.machine()}, {cores} cores, {worker_slots()} sounds are analyzed at once"
    if load > 2 * cores:
        return Check("machine", Grade.WARN, f"{message}; it is busy (load {load:.1f})")
    return Check("machine", Grade.OK, message)


def check_memory(total: int, available: int) -> Check:
    """Judge the memory, in bytes."""
    message = f"{total / _GIB:.1f} GiB, {available / _GIB:.1f} GiB of it free"
    if total < 1.5 * _GIB:
        return Check("memory", Grade.FAIL, message, "Tonotope needs 2 GiB")
    if available < _GIB:
        return Check("memory", Grade.WARN, message, "end other programs, or large layouts may not fit")
    return Check("memory", Grade.OK, message)


def check_writable(data: DataDirectory) -> Check:
    parent = _existing_parent(data.root)
    message = f"{data.root}" if parent == data.root else f"{data.root} (will be made)"
    if os.access(parent, os.W_OK | os.X_OK):
        return Check("data directory", Grade.OK, message)
    return Check(
        "data directory",
        Grade.FAIL,
        f"{parent} cannot be written",
        "choose another directory with --data or TONOTOPE_DATA",
    )


def check_disk(free: int, root: Path) -> Check:
    """Judge the free space, in bytes."""
    message = f"{free / _GIB:.1f} GiB free at {root}"
    remedy = "make room, or choose another disk with --data or TONOTOPE_DATA"
    if free < _GIB // 2:
        return Check("disk", Grade.FAIL, message, remedy)
    if free < 5 * _GIB:
        return Check("disk", Grade.WARN, f"{message}; previews of 100,000 sounds take about 2 GiB", remedy)
    return Check("disk", Grade.OK, message)


def check_file_system(data: DataDirectory) -> Check:
    place = _existing_parent(data.root).resolve()
    mounts = [mount for mount in psutil.disk_partitions(all=True) if place.is_relative_to(mount.mountpoint)]
    kind = max(mounts, key=lambda mount: len(mount.mountpoint)).fstype if mounts else "unknown"
    if kind in _NETWORK_FILE_SYSTEMS:
        return Check(
            "file system",
            Grade.FAIL,
            f"{data.root} is on a network drive ({kind}), where SQLite's locks cannot be relied on",
            "choose a local disk with --data, or a PostgreSQL server with DATABASE_URL",
        )
    return Check("file system", Grade.OK, kind)


def check_running(data: DataDirectory) -> Check:
    if is_held(data.lock):
        return Check("running", Grade.OK, f"Tonotope is running on it ({read_holder(data.lock)})")
    return Check("running", Grade.OK, "no Tonotope is running on it")


def check_queue_server() -> Check:
    if os.environ.get("NATS_URL"):
        return Check("message queue", Grade.OK, "NATS_URL names one that runs elsewhere")
    try:
        server = find_queue_server()
        version = require_version(server)
    except ConfigError as error:
        said, _, remedy = error.message.partition(": ")
        return Check("message queue", Grade.FAIL, said, remedy)
    return Check("message queue", Grade.OK, f"nats-server {'.'.join(map(str, version))} at {server}")


def check_decoders() -> Check:
    """Load the decoders as their service does, in a process of their own: nothing of a service is ours."""
    loaded = subprocess.run(
        [sys.executable, "-c", f"import {', '.join(_DECODERS)}"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if loaded.returncode == 0:
        return Check("decoders", Grade.OK, "all can be loaded")
    reason = (loaded.stderr.strip().splitlines() or [f"exit code {loaded.returncode}"])[-1]
    return Check("decoders", Grade.FAIL, reason, "`make setup` installs them")


def web_app_directory() -> Path:
    built = Path(__file__).parents[1] / "services" / "web_app" / "dist"
    return Path(os.environ.get("WEB_APP_DIST") or built)


def check_web_app(directory: Path) -> Check:
    if (directory / "index.html").is_file():
        return Check("web app", Grade.OK, f"built, in {directory}")
    return Check(
        "web app",
        Grade.FAIL,
        f"not built: there is no index.html in {directory}",
        "`make build` builds it; WEB_APP_DIST names one that is elsewhere",
    )


def check_port() -> Check:
    try:
        port = first_free_port("127.0.0.1", start=DEFAULT_WEB_PORT)
    except ConfigError as error:
        return Check("port", Grade.FAIL, error.message, "name a free one with --port")
    if port == DEFAULT_WEB_PORT:
        return Check("port", Grade.OK, f"{port} is free")
    return Check("port", Grade.WARN, f"{DEFAULT_WEB_PORT} is taken, {port} will be used", "or choose --port")


def check_open_files(limit: int) -> Check:
    """Judge the hard limit of open files per process."""
    message = "no limit" if limit == resource.RLIM_INFINITY else f"at most {limit} per process"
    if limit != resource.RLIM_INFINITY and limit < 1024:
        return Check("open files", Grade.FAIL, message, "raise it to 4096: `ulimit -Hn`, limits.conf(5)")
    if limit != resource.RLIM_INFINITY and limit < 4096:
        return Check("open files", Grade.WARN, message, "raise it to 4096: `ulimit -Hn`, limits.conf(5)")
    return Check("open files", Grade.OK, message)


def check_clock(now_s: float) -> Check:
    """Compare the clock, in seconds since 1970, with the age of the program itself."""
    installed_s = Path(__file__).stat().st_mtime
    date = time.strftime("%Y-%m-%d %H:%M %Z", time.localtime(now_s))
    if now_s < installed_s - 86_400:
        return Check("clock", Grade.WARN, f"{date} is before this program was installed", "set the clock")
    return Check("clock", Grade.OK, date)


def _existing_parent(path: Path) -> Path:
    return next(parent for parent in (path, *path.parents) if parent.exists())
