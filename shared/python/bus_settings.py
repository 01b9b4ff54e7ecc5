"""Where the queue is, who we are there, and how the connection is secured: all from the environment.

NATS_URL    nats://user:password@host:4222, or tls://…; the members of a cluster separated by commas
NATS_CA     file with the certificates to trust (PEM) in the place of the system's
NATS_CERT   file with a certificate that shows who we are, where the server asks for one
NATS_KEY    file with the key to it
"""

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import SplitResult, unquote, urlsplit

from shared.python.errors import ConfigError

DEFAULT_PORT = 4222


@dataclass(frozen=True, slots=True)
class BusSettings:
    """Where the queue is, and who we are there.

    Parameters
    ----------
    servers
        URLs with user and password; several are the members of one cluster.
    name
        Shown in the server's monitoring, and in our own words where we are denied something.
    tls
        Whom to trust and what to show, for ``tls://``.

    Raises
    ------
    ConfigError
        When the URLs cannot be used, or not together.
    """

    servers: tuple[str, ...] = field(repr=False)  # passwords do not belong into logs
    name: str
    tls: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        schemes = {_split(url).scheme for url in self.servers}
        if not schemes <= {"nats", "tls"}:
            raise ConfigError(
                f"NATS_URL begins with {min(schemes)}://, and only nats:// and tls:// are known"
            )
        if len(schemes) > 1:
            raise ConfigError(
                "NATS_URL names servers with tls:// and others with nats://, which are not encrypted"
            )
        if len(self._logins) > 1:
            raise ConfigError("NATS_URL names several users: the members of a cluster know the same one")

    @classmethod
    def from_environment(cls, name: str, *, urls: str | None = None) -> Self:
        """Read the variables above.

        Parameters
        ----------
        urls
            Taken in the place of ``NATS_URL``.

        Raises
        ------
        ConfigError
            When one is missing, or a file cannot be read.
        """
        given = os.environ.get("NATS_URL", "") if urls is None else urls
        servers = tuple(url.strip() for url in given.split(",") if url.strip())
        if not servers:
            raise ConfigError("NATS_URL is not set: give nats://user:password@host:4222")
        settings = cls(servers=servers, name=name, tls=tls_context(os.environ))
        if settings.tls is not None and not settings.is_encrypted:
            raise ConfigError("NATS_CA or NATS_CERT is set, and NATS_URL is not encrypted: write tls://")
        return settings

    @property
    def is_encrypted(self) -> bool:
        return _split(self.servers[0]).scheme == "tls"

    @property
    def addresses(self) -> list[str]:
        """The URLs without user and password."""
        return [f"{url.scheme}://{_host(url)}" for url in map(_split, self.servers)]

    @property
    def login(self) -> tuple[str | None, str | None]:
        """User and password. Also for members of the cluster that only the other members tell us of."""
        return next(iter(self._logins), (None, None))

    @property
    def _logins(self) -> set[tuple[str, str]]:
        urls = [_split(url) for url in self.servers]
        return {(unquote(url.username), unquote(url.password or "")) for url in urls if url.username}


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        valid = bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise ConfigError(f"NATS_URL names a server as …{url.rpartition('@')[2]!r}: write nats://host:4222")
    return parts


def _host(url: SplitResult) -> str:
    name = url.hostname or ""
    return f"{f'[{name}]' if ':' in name else name}:{url.port or DEFAULT_PORT}"


def tls_context(environment: Mapping[str, str]) -> ssl.SSLContext | None:
    """Read the certificates that are named; ``None`` when none is, and the system's are good.

    Raises
    ------
    ConfigError
        When a file is missing or holds something else, or one of ``NATS_CERT`` and ``NATS_KEY`` is not set.
    """
    ca, certificate, key = (environment.get(name) for name in ("NATS_CA", "NATS_CERT", "NATS_KEY"))
    if bool(certificate) != bool(key):
        raise ConfigError("NATS_CERT and NATS_KEY belong together: set both or none")
    if not (ca or certificate):
        return None
    try:
        context = ssl.create_default_context(cafile=ca or None)
    except OSError as error:
        raise ConfigError(f"NATS_CA={ca} holds no certificates that can be read: {error}") from error
    if certificate and key:
        try:
            context.load_cert_chain(certificate, key)
        except OSError as error:
            raise ConfigError(
                f"NATS_CERT={certificate} and NATS_KEY={key} are no certificate and its key: {error}"
            ) from error
    return context
