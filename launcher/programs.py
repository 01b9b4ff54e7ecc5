"""What runs, and in which order it ends: the processes of main_app, one worker per service, and the queue.

Services are found, not listed: each names itself in its ``pyproject.toml`` ::

    [project.entry-points."tonotope.services"]
    audio_analyzer = "services.audio_analyzer"

and is run as ``python -m services.audio_analyzer worker``. Nothing is imported from it here.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from importlib.metadata import entry_points

MAIN_APP = "services.main_app"
SERVICES = "tonotope.services"


class Stage(Enum):
    """When a program ends. Stages end one after the other, as written here, and begin the other way round.

    First whoever brings new work, then whoever does it, then whoever carries messages, at last the queue.
    Together they leave a margin below the 10 s in which everything has to be gone, for a busy machine.
    """

    FRONT = "front"
    WORK = "work"
    MESSAGES = "messages"
    QUEUE = "queue"

    @property
    def stop_s(self) -> int:
        """How long a program of this stage may take to end before it is killed, which loses nothing."""
        return {Stage.FRONT: 2, Stage.WORK: 3, Stage.MESSAGES: 2, Stage.QUEUE: 1}[self]


@dataclass(frozen=True, slots=True)
class Program:
    """One process that is kept running; `environment` is what it gets beyond the environment of all."""

    name: str
    command: tuple[str, ...]
    stage: Stage
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InstalledService:
    """A service that is installed beside us: its name on the queue, and the package that is run."""

    name: str
    package: str

    @property
    def worker_command(self) -> tuple[str, ...]:
        return (sys.executable, "-m", self.package, "worker")


def installed_services() -> tuple[InstalledService, ...]:
    """Find the services, in the order of their names."""
    found = {point.name: point.value for point in entry_points(group=SERVICES)}
    return tuple(InstalledService(name, package) for name, package in sorted(found.items()))


def main_app_command(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", MAIN_APP, *arguments)


def main_app_programs(*, host: str, port: int) -> tuple[Program, ...]:
    """Give the long-running processes of main_app."""
    web = main_app_command("web", "--host", host, "--port", str(port))
    return (
        Program("publisher", main_app_command("publisher"), Stage.MESSAGES),
        Program("consumer", main_app_command("consumer"), Stage.MESSAGES),
        Program("sync", main_app_command("sync"), Stage.FRONT),
        Program("reconciler", main_app_command("reconciler"), Stage.FRONT),
        Program("web", web, Stage.FRONT),
    )


def in_stage(programs: Sequence[Program], stage: Stage) -> tuple[Program, ...]:
    return tuple(program for program in programs if program.stage is stage)
