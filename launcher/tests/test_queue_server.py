import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nats
import pytest
from nats.errors import Error as NatsError
from nats.js.api import ConsumerConfig, StreamConfig
from nats.js.errors import APIError

from launcher.leash import holding, leashed
from launcher.ports import first_free_port, is_free
from launcher.queue_server import (
    HOST,
    QueueServer,
    QueueUser,
    find_queue_server,
    read_version,
    require_version,
    service_user,
)
from launcher.tests.processes import wait_until
from shared.python.errors import ConfigError

OWNER = QueueUser("tonotope", "owner-password")
SERVICE = service_user("audio_analyzer", "service-password")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[QueueServer]:
    port = first_free_port(HOST, start=15222)
    server = QueueServer(find_queue_server(), tmp_path, port, (OWNER, SERVICE))
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


async def test_owner_may_declare_streams(server: QueueServer) -> None:
    client = await nats.connect(server.url(OWNER))
    stream = await client.jetstream().add_stream(StreamConfig(name="CMD", subjects=["cmd.>"]))
    assert stream.config.name == "CMD"
    await client.close()


async def test_wrong_password_is_refused(server: QueueServer) -> None:
    url = server.url(QueueUser("tonotope", "guessed"))
    with pytest.raises(NatsError, match="Authorization"):
        await nats.connect(url, allow_reconnect=False, max_reconnect_attempts=0)


async def test_nobody_is_refused(server: QueueServer) -> None:
    with pytest.raises(NatsError, match="Authorization"):
        await nats.connect(f"nats://{HOST}:{server.port}", allow_reconnect=False, max_reconnect_attempts=0)


async def test_service_may_pull_its_own_commands_only(server: QueueServer) -> None:
    owner = await nats.connect(server.url(OWNER))
    await owner.jetstream().add_stream(StreamConfig(name="CMD", subjects=["cmd.>"]))
    await owner.jetstream().add_stream(StreamConfig(name="EVT", subjects=["evt.>"]))
    for service in ("audio_analyzer", "umap_service"):
        consumer = ConsumerConfig(durable_name=f"{service}_bulk", filter_subject=f"cmd.{service}.bulk")
        await owner.jetstream().add_consumer("CMD", consumer)
    await owner.jetstream().publish("cmd.audio_analyzer.bulk", b"command")

    denied: list[str] = []

    async def note(error: Exception) -> None:
        denied.append(str(error))

    client = await nats.connect(server.url(SERVICE), error_cb=note)
    stream = client.jetstream(timeout=1)
    await stream.consumer_info("CMD", "audio_analyzer_bulk")
    subscription = await stream.pull_subscribe_bind("audio_analyzer_bulk", "CMD")
    message = (await subscription.fetch(1, timeout=5))[0]
    await message.in_progress()
    await message.ack_sync(timeout=2)
    await stream.publish("evt.audio_analyzer.audio_analyzed", b"event")
    assert denied == []

    for subject in ("cmd.umap_service.bulk", "evt.umap_service.sounds_laid_out"):
        with pytest.raises(NatsError):
            await stream.publish(subject, b"forged")
    with pytest.raises((NatsError, APIError)):
        await stream.consumer_info("CMD", "umap_service_bulk")
    with pytest.raises((NatsError, APIError)):
        await stream.delete_stream("CMD")
    assert len([line for line in denied if "permissions violation" in line.lower()]) == 4
    await client.close()
    await owner.close()


async def test_messages_survive_a_killed_server(tmp_path: Path) -> None:
    port = first_free_port(HOST, start=15322)
    server = QueueServer(find_queue_server(), tmp_path, port, (OWNER,))
    server.write_config()
    command = leashed([str(server.program), "--config", str(server.config_path)])
    first = subprocess.Popen(command, env=holding(os.environ))
    wait_until(lambda: not is_free(HOST, port))
    client = await nats.connect(server.url(OWNER), reconnect_time_wait=0.1)
    await client.jetstream().add_stream(StreamConfig(name="CMD", subjects=["cmd.>"]))
    await client.jetstream().publish("cmd.audio_analyzer.bulk", b"command")
    first.kill()
    first.wait()
    second = subprocess.Popen(command, env=holding(os.environ))
    wait_until(lambda: not is_free(HOST, port))
    wait_again = await nats.connect(server.url(OWNER))
    stored = await wait_again.jetstream().stream_info("CMD")
    assert stored.state.messages == 1
    await wait_again.close()
    await client.close()
    second.terminate()
    second.wait(timeout=10)


def test_store_may_have_any_name(tmp_path: Path) -> None:
    directory = tmp_path / 'say "hi" \\ Klänge $HOME'
    directory.mkdir()
    port = first_free_port(HOST, start=15422)
    server = QueueServer(find_queue_server(), directory, port, (OWNER,))
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
