"""``web``: serves the API and the web app."""

import os
from argparse import ArgumentParser, Namespace

import django
import uvicorn
from uvicorn.supervisors import Multiprocess

from shared.python.errors import ConfigError
from shared.python.telemetry import set_up_telemetry

_GRACE_S = 1
"""How long requests may take to end after SIGTERM. Streams of events are ended; downloads can be resumed."""


def add_arguments(parser: ArgumentParser) -> None:
    parser.description = "Serve the API and the web app until SIGTERM."
    parser.add_argument(
        "--host", default=os.environ.get("BIND_HOST", "127.0.0.1"), help="address to listen on"
    )
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=1, help="how many processes (default: 1)")
    parser.add_argument(
        "--setup-link",
        action="store_true",
        help="start even without an owner, and print a link under which the owner can be made",
    )


def run(arguments: Namespace) -> int:
    set_up_telemetry("web")
    os.environ["BIND_HOST"] = arguments.host  # a setting, also for the processes that are started from here
    django.setup()
    _require_secret_key()
    _require_owner(arguments)
    config = uvicorn.Config(
        "services.main_app.asgi:application",
        host=arguments.host,
        port=arguments.port,
        workers=arguments.workers,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(os.environ.get("FORWARDED_ALLOW_IPS")),
        timeout_graceful_shutdown=_GRACE_S,
    )
    if arguments.workers > 1:
        Multiprocess(config, sockets=[config.bind_socket()]).run()
    else:
        uvicorn.Server(config).run()
    return 0


def _require_secret_key() -> None:
    if not os.environ.get("SECRET_KEY"):
        raise ConfigError(
            "SECRET_KEY is not set: it signs sessions and must stay the same. Make one with "
            '`python -c "import secrets; print(secrets.token_urlsafe(48))"` and keep it in your secret store.'
        )


def _require_owner(arguments: Namespace) -> None:
    from django.conf import settings

    from services.main_app.accounts.owner import owner_exists
    from services.main_app.accounts.setup_link import new_setup_link

    if settings.LOOPBACK or owner_exists():
        return
    if not arguments.setup_link:
        raise ConfigError(
            f"Others can reach {arguments.host} (ALLOWED_HOSTS counts too), and there is no owner who could "
            "sign in, so this server does not start. Make the owner with `python -m services.main_app "
            "create_owner`, or start with --setup-link, or listen on 127.0.0.1."
        )
    link = new_setup_link(host=arguments.host, port=arguments.port)
    print(f"Make the owner within an hour: {link}", flush=True)
