"""Encryption by configuration alone, with a real server and certificates made for the test."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from shared.python.bus import Bus
from shared.python.bus_permissions import main_app_permissions
from shared.python.bus_settings import BusSettings
from shared.python.errors import ConfigError
from shared.python.testing import QueueServer


class Certificates:
    """A certificate authority, and the files that it gives to a server and to us."""

    def __init__(self, directory: Path, *, host: str = "127.0.0.1") -> None:
        directory.mkdir()
        authority = trustme.CA()
        self.ca, self.server, self.client = (directory / f"{name}.pem" for name in ("ca", "server", "client"))
        authority.cert_pem.write_to_path(self.ca)
        authority.issue_cert(host).private_key_and_cert_chain_pem.write_to_path(self.server)
        authority.issue_cert("listener").private_key_and_cert_chain_pem.write_to_path(self.client)

    def block(self, *, verify: bool = False) -> str:
        """Give the ``tls`` block of a server that shows its certificate, and may ask for ours."""
        rules = f', ca_file: "{self.ca}", verify: true' if verify else ""
        return f'{{ cert_file: "{self.server}", key_file: "{self.server}"{rules} }}'


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path / "certificates")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Start servers with such a ``tls`` block, and give their URLs."""
    servers = []

    def start_one(tls: str) -> str:
        directory = tmp_path / f"queue-{len(servers)}"
        directory.mkdir()
        servers.append(QueueServer(directory, tls=tls))
        servers[-1].start()
        return servers[-1].url.replace("nats://", "tls://")

    yield start_one
    for server in servers:
        server.stop()


async def connect(monkeypatch: pytest.MonkeyPatch, **environment: str | Path) -> Bus:
    """Connect as a process with this environment does."""
    for name, value in environment.items():
        monkeypatch.setenv(name, str(value))
    return await asyncio.wait_for(Bus.connect(BusSettings.from_environment("main_app")), 30)


async def test_an_encrypted_queue_is_reached_by_two_settings(
    start: Callable[[str], str], certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus = await connect(monkeypatch, NATS_URL=start(certificates.block()), NATS_CA=certificates.ca)
    await asyncio.wait_for(bus.require(main_app_permissions()), 20)
    await bus.close()


async def test_a_certificate_shows_who_we_are(
    start: Callable[[str], str], certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = start(certificates.block(verify=True))
    client = certificates.client
    bus = await connect(monkeypatch, NATS_URL=url, NATS_CA=certificates.ca, NATS_CERT=client, NATS_KEY=client)
    await asyncio.wait_for(bus.require(main_app_permissions()), 20)
    await bus.close()


async def test_an_unknown_authority_is_said_and_not_tried_for_ever(
    start: Callable[[str], str], certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Certificates(tmp_path / "other")
    url = start(certificates.block())
    with pytest.raises(ConfigError, match=r"certificate is not trusted.*NATS_CA"):
        await connect(monkeypatch, NATS_URL=url, NATS_CA=other.ca)
    monkeypatch.delenv("NATS_CA")  # and the system's authorities do not know it either
    with pytest.raises(ConfigError, match=r"certificate is not trusted.*NATS_CA"):
        await connect(monkeypatch, NATS_URL=url)


async def test_a_certificate_for_another_host_is_refused(
    start: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Certificates(tmp_path / "elsewhere", host="queue.example.org")
    with pytest.raises(ConfigError, match="the host that it was made for"):
        await connect(monkeypatch, NATS_URL=start(elsewhere.block()), NATS_CA=elsewhere.ca)


@pytest.mark.parametrize("shows", ["nothing", "a stranger's"])
async def test_a_server_that_wants_another_certificate_is_said(
    start: Callable[[str], str],
    certificates: Certificates,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    shows: str,
) -> None:
    if shows == "a stranger's":
        stranger = Certificates(tmp_path / "stranger").client
        monkeypatch.setenv("NATS_CERT", str(stranger))
        monkeypatch.setenv("NATS_KEY", str(stranger))
    with pytest.raises(ConfigError, match=r"does not accept our certificate.*NATS_CERT"):
        await connect(monkeypatch, NATS_URL=start(certificates.block(verify=True)), NATS_CA=certificates.ca)


async def test_a_server_that_does_not_encrypt_never_sees_the_password(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = bytearray()

    async def pretend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b'INFO {"server_id":"x","version":"2.15.1","max_payload":1048576,"auth_required":true}\r\n'
        )
        heard.extend(await reader.read())
        writer.close()

    async with await asyncio.start_server(pretend, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ConfigError, match="does not encrypt"):
            await connect(monkeypatch, NATS_URL=f"tls://me:secret@127.0.0.1:{port}", NATS_CA=certificates.ca)
    assert b"secret" not in heard


def test_certificates_without_encryption_are_an_error(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NATS_CA", str(certificates.ca))
    with pytest.raises(ConfigError, match="write tls://"):
        BusSettings.from_environment("me", urls="nats://somewhere:4222")


def test_a_worker_that_cannot_trust_the_queue_ends_with_the_reason(
    start: Callable[[str], str], certificates: Certificates, tmp_path: Path
) -> None:
    other = Certificates(tmp_path / "other")
    process = subprocess.run(
        [sys.executable, "-m", "shared.python.tests.listener"],
        env=os.environ | {"NATS_URL": start(certificates.block()), "NATS_CA": str(other.ca)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert process.returncode == os.EX_CONFIG, process.stderr
    assert "NATS_CA has to name" in process.stderr.splitlines()[-1]
