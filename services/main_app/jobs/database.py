"""From the event loop to the database and back: Django's ORM waits, the loop must not."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import close_old_connections, connections

P = ParamSpec("P")
R = TypeVar("R")


def keep_connections() -> None:
    """Let the connections of this process live as long as they work, and not for one use only.

    For processes whose threads live as long as they do: opening SQLite costs several times what a query does.
    The web server does without, for each of its requests may come with a thread of its own.
    """
    for alias in connections:
        connections.settings[alias] |= {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}


async def in_database(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a function that uses the ORM in the one thread that does so, with a connection that works."""

    def run() -> R:
        close_old_connections()
        return function(*args, **kwargs)

    return await sync_to_async(run, thread_sensitive=True)()
