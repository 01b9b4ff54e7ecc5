import resource
import subprocess
import sys
from pathlib import Path

import pytest

from launcher.paths import DataDirectory
from launcher.programs import Stage
from launcher.system import make_plan
from shared.python.errors import ConfigError


def test_plan_holds_the_queue_main_app_and_a_worker_of_each_service(
    data: DataDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NATS_URL", raising=False)
    plan = make_plan(data, host="127.0.0.1", port=8000, folders=(Path("/samples"),))
    names = [program.name for program in plan.programs]
    assert names[0] == "queue"
    assert {"web", "publisher", "consumer", "sync", "reconciler", "audio_analyzer", "umap_service"} < set(
        names
    )
    assert plan.environment["ALLOWED_FOLDERS"].startswith("/samples")


def test_each_service_has_its_own_login_at_the_queue(
    data: DataDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NATS_URL", raising=False)
    plan = make_plan(data, host="127.0.0.1", port=8000)
    workers = [program for program in plan.programs if program.stage is Stage.WORK]
    urls = {plan.environment["NATS_URL"], *(worker.environment["NATS_URL"] for worker in workers)}
    assert len(urls) == 1 + len(workers)
    assert all(worker.environment["NATS_URL"].startswith(f"nats://{worker.name}:") for worker in workers)


def test_second_plan_has_the_same_secrets(data: DataDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NATS_URL", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    first, second = (make_plan(data, host="127.0.0.1", port=8000).environment for _ in range(2))
    assert first["SECRET_KEY"] == second["SECRET_KEY"]
    assert first["NATS_URL"].rpartition("@")[0] == second["NATS_URL"].rpartition("@")[0]
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in data.secrets.iterdir())


def test_queue_elsewhere_is_used_and_none_is_started(
    data: DataDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NATS_URL", "nats://queue.example:4222")
    plan = make_plan(data, host="127.0.0.1", port=8000)
    assert "queue" not in [program.name for program in plan.programs]
    assert plan.environment["NATS_URL"] == "nats://queue.example:4222"
    assert not any("NATS_URL" in program.environment for program in plan.programs)


def test_old_queue_server_stops_the_start(
    data: DataDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "nats-server"
    program.write_text("#!/bin/sh\necho nats-server: v2.11.2\n")
    program.chmod(0o755)
    monkeypatch.delenv("NATS_URL", raising=False)
    monkeypatch.setenv("NATS_SERVER", str(program))
    with pytest.raises(ConfigError, match=r"2\.11\.2"):
        make_plan(data, host="127.0.0.1", port=8000)


def test_open_file_limit_rises_as_far_as_it_may() -> None:
    source = """
import resource
from launcher.system import raise_open_file_limit
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 2048))
raise_open_file_limit()
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""
    printed = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True
    ).stdout
    assert printed.split() == ["2048", "2048"]
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 0
