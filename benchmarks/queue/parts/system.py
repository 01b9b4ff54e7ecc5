"""The embedded system as the launcher plans it, for benchmarks that start only some of its processes."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from launcher.paths import DataDirectory
from launcher.programs import main_app_command
from launcher.system import Plan, make_plan

HOST = "127.0.0.1"


def plan_system(directory: Path, *, folders: Sequence[Path] = ()) -> tuple[DataDirectory, Plan]:
    """Plan a system of its own in `directory`, and make its database.

    The queue is a ``nats-server`` that writes every message to the disk before it acknowledges it, as it is
    for everybody.
    """
    data = DataDirectory(directory)
    data.prepare()
    os.environ.pop("NATS_URL", None)
    plan = make_plan(data, host=HOST, port=0, folders=folders)
    environment = {**os.environ, **plan.environment}
    subprocess.run(
        main_app_command("migrate"), env=environment, cwd=directory, check=True, stdout=subprocess.DEVNULL
    )
    return data, plan


def use_database(plan: Plan) -> None:
    """Let this process use the database of a planned system."""
    import django

    os.environ.update(plan.environment)
    os.environ["DJANGO_SETTINGS_MODULE"] = "services.main_app.settings"
    django.setup()
