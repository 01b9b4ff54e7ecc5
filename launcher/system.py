"""The whole system as one thing to start and to end: secrets, queue, environment, database, processes."""

import os
import resource
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from launcher.environment import build_environment
from launcher.generated_secrets import read_or_create_secret
from launcher.interruption import Interruption
from launcher.main_app_commands import MainApp
from launcher.paths import DataDirectory
from launcher.ports import first_free_port
from launcher.programs import InstalledService, Program, Stage, installed_services, main_app_programs
from launcher.queue_server import (
    FIRST_PORT,
    HOST,
    QueueServer,
    QueueUser,
    find_queue_server,
    require_version,
)
from launcher.supervision import Supervision
from shared.python.bus_permissions import MAIN_APP, main_app_permissions, service_permissions
from shared.python.errors import ConfigError

OPEN_FILES = 65_536
"""How many files a process may open, where the system lets us say so: databases and sockets add up."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What will run, and the environment that all of it shares."""

    programs: tuple[Program, ...]
    environment: dict[str, str]


@dataclass(frozen=True, slots=True)
class System:
    """The running system."""

    supervision: Supervision
    main_app: MainApp


def make_plan(data: DataDirectory, *, host: str, port: int, folders: Sequence[Path] = ()) -> Plan:
    """Work out what runs on this machine, writing the secrets and the queue's configuration it needs.

    ``NATS_URL`` in the environment names a queue that runs elsewhere; then none is started here.

    Raises
    ------
    ConfigError
        When the queue server is missing or too old, or no service is installed.
    """
    services = installed_services()
    if not services:
        raise ConfigError("no service is installed: `make setup` installs them")
    workers = tuple(Program(service.name, service.worker_command, Stage.WORK) for service in services)
    programs = (*main_app_programs(host=host, port=port), *workers)
    nats_url = os.environ.get("NATS_URL")
    if not nats_url:
        queue, urls = _embedded_queue(data, services)
        nats_url = urls.pop("")
        programs = (queue, *(_with_own_login(program, urls) for program in programs))
    environment = build_environment(
        data,
        host=host,
        nats_url=nats_url,
        secret_key=read_or_create_secret(data.secrets / "secret_key"),
        folders=folders,
    )
    return Plan(programs, environment)


def _embedded_queue(
    data: DataDirectory, services: Sequence[InstalledService]
) -> tuple[Program, dict[str, str]]:
    """Prepare a queue server, and give its program and the URL for each service, main_app's under ``""``."""
    program = find_queue_server()
    require_version(program)
    main_app = QueueUser(
        MAIN_APP, read_or_create_secret(data.secrets / "queue_password"), main_app_permissions()
    )
    users = {
        service.name: QueueUser(
            service.name,
            read_or_create_secret(data.secrets / f"queue_password_{service.name}"),
            service_permissions(service.name),
        )
        for service in services
    }
    port = first_free_port(HOST, start=FIRST_PORT)
    server = QueueServer(program, data.queue, port, (main_app, *users.values()))
    server.write_config()
    # The path is relative to the data directory, where programs run (`launcher.supervisor_config`).
    command = (str(program), "--config", str(server.config_path.relative_to(data.root)))
    urls = {name: server.url(user) for name, user in users.items()}
    return Program("queue", command, Stage.QUEUE), {"": server.url(main_app), **urls}


def _with_own_login(program: Program, urls: dict[str, str]) -> Program:
    if program.name not in urls:
        return program
    return replace(program, environment={"NATS_URL": urls[program.name]})


@contextmanager
def running_system(
    plan: Plan, *, data: DataDirectory, interruption: Interruption, lock_descriptor: int
) -> Iterator[System]:
    """Prepare the database, start everything, and end all of it with the block.

    Raises
    ------
    UnavailableError
        When the database cannot be prepared or the programs cannot be started.
    """
    raise_open_file_limit()
    main_app = MainApp(data, plan.environment, interruption)
    main_app.migrate()
    supervision = Supervision(
        plan.programs, data=data, environment=plan.environment, lock_descriptor=lock_descriptor
    )
    try:
        supervision.start()
        yield System(supervision, main_app)
    finally:
        supervision.stop()


def raise_open_file_limit() -> None:
    """Let this process and its children open as many files as the system allows, up to `OPEN_FILES`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
