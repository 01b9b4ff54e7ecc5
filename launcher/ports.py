"""Finding a TCP port that nobody listens on."""

import errno
import socket

import psutil  # type: ignore[import-untyped]

from shared.python.errors import ConfigError

DEFAULT_WEB_PORT = 8000
_N_TRIES = 200


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen on this port now.

    Raises
    ------
    ConfigError
        When `host` is no address of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise ConfigError(f"--host {host} is no address: {error}") from error
    with socket.socket(family, kind, protocol) as probe:
        # As servers do, so that the last connections of one that just ended do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen(1)
        except PermissionError as error:
            raise ConfigError(f"port {port} of {host} is reserved for the administrator") from error
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise ConfigError(f"--host {host} is no address of this machine") from error
            return False
    return True


def listens(pid: int, port: int) -> bool:
    """Whether that very process, one of this user, listens on the port."""
    try:
        connections = psutil.Process(pid).net_connections(kind="tcp")
    except psutil.NoSuchProcess:
        return False
    return any(each.status == psutil.CONN_LISTEN and each.laddr.port == port for each in connections)


def first_free_port(host: str, *, start: int) -> int:
    """Give the first free port from `start` on.

    Raises
    ------
    ConfigError
        When none of the next 200 is free.
    """
    for port in range(start, min(start + _N_TRIES, 65536)):
        if is_free(host, port):
            return port
    raise ConfigError(f"no port from {start} to {start + _N_TRIES - 1} of {host} is free")
