"""The users of a production queue: the file is as the rules are, and a real server takes it."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.python.bus import Bus
from shared.python.bus_permissions import main_app_permissions, service_permissions
from shared.python.bus_settings import BusSettings
from shared.python.errors import DeniedError
from shared.python.testing import QueueServer
from tools import queue_users
from tools.queue_users import OUTPUT, password_variable, users_conf

RIGHTS = {
    "main_app": main_app_permissions(),
    "audio_analyzer": service_permissions("audio_analyzer"),
    "umap_service": service_permissions("umap_service"),
}


def test_the_file_is_as_the_rules_are() -> None:
    assert OUTPUT.read_text("utf-8") == users_conf(), "run: python -m tools.queue_users"


def test_what_has_drifted_is_said_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(queue_users, "ROOT", tmp_path)
    monkeypatch.setattr(queue_users, "OUTPUT", tmp_path / "users.conf")
    assert queue_users.main(["--check"]) == 1
    assert "users.conf is not as the rules are" in capsys.readouterr().out
    assert queue_users.main([]) == 0
    assert queue_users.main(["--check"]) == 0


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[QueueServer]:
    for user in RIGHTS:
        monkeypatch.setenv(password_variable(user), f"p4ssword{len(user)}")
    server = QueueServer(tmp_path, more=f'include "{os.path.relpath(OUTPUT, tmp_path)}"')
    server.start()
    yield server
    server.stop()


async def test_a_server_gives_each_user_its_rights(server: QueueServer) -> None:
    for user, rights in RIGHTS.items():
        url = server.url.replace("nats://", f"nats://{user}:p4ssword{len(user)}@")
        bus = await asyncio.wait_for(Bus.connect(BusSettings(servers=(url,), name=user)), 20)
        await asyncio.wait_for(bus.require(rights), 20)
        with pytest.raises(DeniedError):
            others = service_permissions("other") if user == "main_app" else main_app_permissions()
            await asyncio.wait_for(bus.require(others), 20)
        await bus.close()


async def test_a_wrong_password_is_refused(server: QueueServer) -> None:
    url = server.url.replace("nats://", "nats://main_app:guessed@")
    with pytest.raises(DeniedError, match="check NATS_URL"):
        await asyncio.wait_for(Bus.connect(BusSettings(servers=(url,), name="main_app")), 20)
