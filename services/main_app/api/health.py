"""Is the server alive, and is everything there that it needs?"""

import socket
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from services.main_app.accounts.owner_only import is_owner
from shared.python.errors import ConfigError, TonotopeError, UnavailableError
from shared.python.storage import Storage

_QUEUE_S = 1.0
_PROBE_KEY = "probes/readyz"


def healthz(request: HttpRequest) -> JsonResponse:
    """Say that this process answers; it asks nothing of anybody else."""
    return JsonResponse({"alive": True})


def readyz(request: HttpRequest) -> JsonResponse:
    """Say whether everything is there, and to the owner also what is missing."""
    missing = what_is_missing()
    answer: dict[str, object] = {"ready": not missing}
    # With the database away nobody can be recognised as the owner.
    if ("database" not in missing and is_owner(request)) or settings.LOOPBACK:
        answer["missing"] = missing
    return JsonResponse(answer, status=503 if missing else 200, headers={"Cache-Control": "no-store"})


def what_is_missing() -> dict[str, str]:
    """Give what the server needs and does not have, by name, with what to do about it."""
    missing: dict[str, str] = {}
    for name, check in _CHECKS.items():
        try:
            check()
        except TonotopeError as error:
            missing[name] = error.message
        if name in missing and name == "database":
            break  # whatever else asks it would only wait
    return missing


def _check_database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise UnavailableError(f"the database does not answer: {error}") from error
    if plan:
        raise ConfigError(
            f"{len(plan)} migrations are not applied: run `python -m services.main_app migrate`"
        )


def _check_queue() -> None:
    servers = [urlsplit(url.strip()) for url in settings.NATS_URL.split(",") if url.strip()]
    for server in servers:
        try:
            with socket.create_connection((server.hostname, server.port or 4222), _QUEUE_S) as queue:
                queue.settimeout(_QUEUE_S)
                if queue.recv(5) == b"INFO ":  # how every NATS server greets
                    return
        except OSError:
            continue
    names = ", ".join(f"{server.hostname}:{server.port or 4222}" for server in servers) or "none is named"
    raise UnavailableError(f"the queue does not answer ({names}): is NATS_URL right, and does it run?")


def _check_storage() -> None:
    if not settings.STORAGE_URL:
        raise ConfigError("STORAGE_URL is not set")
    Storage(settings.STORAGE_URL).put(_PROBE_KEY, b"ready")


def _check_web_app() -> None:
    if not (settings.WEB_APP_DIST / "index.html").is_file():
        raise ConfigError(
            f"the web app is not built: {settings.WEB_APP_DIST} has no index.html. Build it with "
            "`npm run build --workspace services/web_app`, or name its folder in WEB_APP_DIST"
        )


_CHECKS: dict[str, Callable[[], None]] = {
    "database": _check_database,
    "queue": _check_queue,
    "storage": _check_storage,
    "web_app": _check_web_app,
}
