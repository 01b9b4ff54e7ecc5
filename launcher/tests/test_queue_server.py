import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import nats
import pytest
from nats.errors import Error as NatsError
from nats.js.api import StreamConfig

from launcher.leash import holding, leashed
from launcher.ports import first_free_port, is_free
from launcher.queue_server import (
    HOST,
    QueueServer,
    QueueUser,
    find_queue_server,
    read_version,
    require_version,
)
from launcher.tests.processes import wait_until
from shared.python.bus import Bus
from shared.python.bus_permissions import main_app_permissions, service_permissions
from shared.python.bus_settings import BusSettings
from shared.python.errors import ConfigError, DeniedError

MAIN_APP = QueueUser("main_app", "main-password", main_app_permissions())
SERVICE = QueueUser("audio_analyzer", "service-password", service_permissions("audio_analyzer"))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[QueueServer]:
    port = first_free_port(HOST, start=15222)
    server = QueueServer(find_queue_server(), tmp_path, port, (MAIN_APP, SERVICE))
    server.write_config()
    process = subprocess.Popen(
        leashed([str(server.program), "--config", str(server.config_path)]), env=holding(os.environ)
    )
    wait_until(lambda: not is_free(HOST, port))
    yield server
    process.terminate()
    process.wait(timeout=10)


def fake_server(path: Path, version: str) -> Path:
    program = path / "nats-server"
    program.write_text(f"#!{sys.executable}\nprint('nats-server: v{version}')\n")
    program.chmod(0o755)
    return program


def test_configuration_is_for_this_user_only(server: QueueServer) -> None:
    assert server.config_path.stat().st_mode & 0o777 == 0o600
    assert (server.directory / "store").stat().st_mode & 0o777 == 0o700


async def connect(server: QueueServer, user: QueueUser) -> Bus:
    return await Bus.connect(BusSettings(servers=(server.url(user),), name=user.name))


async def test_each_user_has_its_rights(server: QueueServer) -> None:
    for user in (MAIN_APP, SERVICE):
        bus = await connect(server, user)
        await asyncio.wait_for(bus.require(user.permissions), 20)
        await bus.close()
    bus = await connect(server, SERVICE)
    with pytest.raises(DeniedError, match="publish cmd"):
        await asyncio.wait_for(bus.require(main_app_permissions()), 20)
    await bus.close()


async def test_wrong_password_is_refused(server: QueueServer) -> None:
    url = server.url(replace(MAIN_APP, password="guessed"))
    with pytest.raises(NatsError, match="Authorization"):
        await nats.connect(url, allow_reconnect=False, max_reconnect_attempts=0)


async def test_nobody_is_refused(server: QueueServer) -> None:
    with pytest.raises(NatsError, match="Authorization"):
        await nats.connect(f"nats://{HOST}:{server.port}", allow_reconnect=False, max_reconnect_attempts=0)


async def test_messages_survive_a_killed_server(tmp_path: Path) -> None:
    port = first_free_port(HOST, start=15322)
    server = QueueServer(find_queue_server(), tmp_path, port, (MAIN_APP,))
    server.write_config()
    command = leashed([str(server.program), "--config", str(server.config_path)])
    first = subprocess.Popen(command, env=holding(os.environ))
    wait_until(lambda: not is_free(HOST, port))
    bus = await connect(server, MAIN_APP)
    await bus.jetstream.add_stream(StreamConfig(name="CMD", subjects=["cmd.>"]))
    await bus.publish_bytes("cmd.audio_analyzer.bulk", b"command", idempotency_key="one")
    first.kill()
    first.wait()
    second = subprocess.Popen(command, env=holding(os.environ))
    wait_until(lambda: not is_free(HOST, port))
    again = await connect(server, MAIN_APP)
    assert (await again.jetstream.stream_info("CMD")).state.messages == 1
    await again.close()
    await bus.close()
    second.terminate()
    second.wait(timeout=10)


def test_store_may_have_any_name(tmp_path: Path) -> None:
    directory = tmp_path / 'say "hi" \\ Klänge $HOME'
    directory.mkdir()
    port = first_free_port(HOST, start=15422)
    server = QueueServer(find_queue_server(), directory, port, (MAIN_APP,))
    server.write_config()
    checked = subprocess.run(
        [str(server.program), "--config", str(server.config_path), "-t"], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr


def test_named_server_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = fake_server(tmp_path, "2.14.0")
    monkeypatch.setenv("NATS_SERVER", str(program))
    assert find_queue_server() == program
    assert require_version(program) == (2, 14, 0)


def test_named_server_that_is_missing_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NATS_SERVER", str(tmp_path / "nowhere"))
    with pytest.raises(ConfigError, match=r"NATS_SERVER=.*nowhere"):
        find_queue_server()


@pytest.mark.parametrize("version", ["2.9.10", "2.11.4"])
def test_old_server_is_refused_with_the_way_out(tmp_path: Path, version: str) -> None:
    with pytest.raises(ConfigError, match=f"{version}.*needs 2.12.0.*make setup"):
        require_version(fake_server(tmp_path, version))


def test_program_that_is_no_server_is_refused() -> None:
    with pytest.raises(ConfigError, match="no version"):
        read_version(Path("/bin/echo"))


def test_installed_server_is_new_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NATS_SERVER", raising=False)
    assert require_version(find_queue_server()) >= (2, 12, 0)
