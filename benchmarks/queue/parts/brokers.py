"""The servers behind Celery, from Debian's packages, each with its data in a directory of the benchmark."""

import os
import shutil
import socket
import subprocess
from contextlib import closing
from pathlib import Path

import platformdirs

from benchmarks.queue.parts.processes import Programs, wait_until
from launcher.ports import first_free_port

HOST = "127.0.0.1"
CELERY = "celery[redis]==5.7.0"
RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


def celery_directory() -> Path:
    """Give a directory with Celery in it, for ``PYTHONPATH``; it is filled the first time, from the index."""
    directory = Path(platformdirs.user_cache_dir("tonotope-benchmarks")) / CELERY
    if not (directory / "celery").is_dir():
        subprocess.run(["uv", "pip", "install", "--quiet", "--target", str(directory), CELERY], check=True)
    return directory


def missing_server(broker: str) -> str | None:
    """Say what must be installed for this broker, or ``None`` when it is there."""
    found = shutil.which("redis-server") if broker == "redis" else RABBITMQ.exists() or None
    return None if found else f"Debian's package {broker}-server is not installed"


def start_redis(running: Programs, directory: Path) -> str:
    """Start Redis with a log that is flushed to the disk before every answer; give its URL."""
    directory.mkdir()
    port = first_free_port(HOST, start=16_379)
    running.start(
        "redis-server",
        ["redis-server", "--bind", HOST, "--port", str(port), "--dir", str(directory), "--save", "",
         "--appendonly", "yes", "--appendfsync", "always"],
    )  # fmt: skip
    wait_until(lambda: answers(port), what="redis-server", timeout_s=20)
    return f"redis://{HOST}:{port}/0"


def start_rabbitmq(running: Programs, directory: Path) -> str:
    """Start RabbitMQ with a port mapper of its own; give its URL."""
    port, mapper_port = first_free_port(HOST, start=15_672), first_free_port(HOST, start=14_369)
    directory.mkdir()
    environment = {
        "HOME": str(directory),
        "ERL_EPMD_PORT": str(mapper_port),
        "ERL_EPMD_ADDRESS": HOST,
        "RABBITMQ_NODENAME": "benchmark@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": HOST,
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(first_free_port(HOST, start=15_800)),
        "RABBITMQ_MNESIA_BASE": str(directory / "mnesia"),
        "RABBITMQ_LOG_BASE": str(directory / "log"),
        "RABBITMQ_CONF_ENV_FILE": os.devnull,
        "RABBITMQ_CONFIG_FILE": str(directory / "rabbitmq"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": os.devnull,
    }
    running.start("rabbitmq-port-mapper", ["epmd"], environment=environment)
    wait_until(lambda: answers(mapper_port), what="epmd")
    running.start("rabbitmq-server", [str(RABBITMQ)], environment=environment)
    wait_until(lambda: answers(port), what="rabbitmq-server")
    return f"amqp://guest:guest@{HOST}:{port}//"


def answers(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0
