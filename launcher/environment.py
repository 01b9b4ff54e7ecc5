"""The environment of every process: the whole configuration, made from the data directory.

What the person has set already stays: by ``DATABASE_URL``, ``NATS_URL`` and ``STORAGE_URL`` one engine after
the other can be taken from elsewhere.
"""

import os
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from launcher.paths import DataDirectory

_BYTES_PER_SLOT = 1 << 30
_LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")
_WILDCARDS = ("0.0.0.0", "::")  # noqa: S104  compared with, not bound to


def build_environment(
    data: DataDirectory,
    *,
    host: str,
    nats_url: str,
    secret_key: str,
    folders: Sequence[Path] = (),
    given: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Give the environment that all processes share.

    Parameters
    ----------
    folders
        Folders that may be added beside the person's home.
    given
        What is set already and wins; the environment of this process when left out.
    """
    given = dict(os.environ if given is None else given)
    allowed = [*folders, Path.home(), *filter(None, given.get("ALLOWED_FOLDERS", "").split(os.pathsep))]
    return {
        "DATABASE_URL": f"sqlite:///{data.database}",
        "STORAGE_URL": f"file://{data.blobs}",
        "SECRET_KEY": secret_key,
        "NUMBA_CACHE_DIR": str(data.numba_cache),
        "EMBEDDING_MODELS_DIR": str(data.models),
        "WORKER_SLOTS": str(worker_slots()),
        "ALLOWED_HOSTS": ",".join(allowed_hosts(host)),
        **given,
        "NATS_URL": nats_url,
        "ALLOWED_FOLDERS": os.pathsep.join(dict.fromkeys(map(str, allowed))),
        # Programs run in the data directory; its folders are no places to import from.
        "PYTHONSAFEPATH": "1",
        "PYTHONUNBUFFERED": "1",
    }


def worker_slots() -> int:
    """Give how many files one worker may analyze at once here: one a core, if each has 1 GiB of memory."""
    by_memory = int(psutil.virtual_memory().total) // _BYTES_PER_SLOT
    return max(1, min(usable_cores(), by_memory))


def usable_cores() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def allowed_hosts(host: str) -> list[str]:
    """Give the names under which a browser may reach the web server that listens on `host`."""
    if host not in _WILDCARDS:
        return list(dict.fromkeys((*_LOOPBACK_HOSTS, _bracketed(host))))
    own = [socket.gethostname(), socket.getfqdn()]
    for addresses in psutil.net_if_addrs().values():
        own += [
            _bracketed(address.address.partition("%")[0])
            for address in addresses
            if address.family in (socket.AF_INET, socket.AF_INET6)
        ]
    return list(dict.fromkeys((*_LOOPBACK_HOSTS, *own)))


def reachable_host(host: str) -> str:
    """Give the host, as URLs spell it, by which this machine reaches a server that listens on `host`."""
    return _bracketed({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host))  # noqa: S104


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
