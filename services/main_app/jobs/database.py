"""From the event loop to the database and back: Django's ORM waits, the loop must not."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import close_old_connections

P = ParamSpec("P")
R = TypeVar("R")


async def in_database(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a function that uses the ORM in the one thread that does so, with a connection that works."""

    def run() -> R:
        close_old_connections()
        return function(*args, **kwargs)

    return await sync_to_async(run, thread_sensitive=True)()
