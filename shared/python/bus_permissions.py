"""Who may do what on the queue: the one place where it is written down.

The launcher makes the configuration of its own server from it, ``tools/queue_users.py`` that of a server in
production, and every process checks at its start that it was given what it will need.

A service may pull its own commands, say its own events and hear its own replies. Nobody but main_app may send
a command, or change what is stored; not even main_app may say an event in the name of a service.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.python.messages import (
    STREAM_COMMANDS,
    STREAM_DEAD,
    STREAM_EVENTS,
    cancel_subject,
    command_subject,
    consumer_name,
    dead_subject,
    progress_subject,
    wake_subject,
)
from shared.python.models import Lane

MAIN_APP = "main_app"
USER_INFO = "$SYS.REQ.USER.INFO"
"""Asked on this subject, the server says what the user who asks may do."""


def inbox_prefix(user: str) -> str:
    """Give what the subjects begin with on which a user gets replies, so that nobody reads another's."""
    return f"_INBOX.{user}"


@dataclass(frozen=True, slots=True)
class Permissions:
    """The subjects that a user may publish on, and those that it may subscribe to."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]

    def missing(self, granted: Mapping[str, Any]) -> list[str]:
        """Compare with what a server grants, and give what it does not, in words.

        Parameters
        ----------
        granted
            As servers write it: ``publish`` and ``subscribe``, each with ``allow`` and ``deny``, all of which
            may be absent. What is not restricted is allowed.
        """
        return [
            f"{verb} {subject}"
            for verb, subjects in (("publish", self.publish), ("subscribe", self.subscribe))
            for subject in subjects
            if not _is_granted(subject, granted.get(verb) or {})
        ]


def service_permissions(service: str) -> Permissions:
    """Give the rights of a service's workers.

    To pull and to acknowledge are requests to JetStream, and so they are rights to publish.
    """
    consumers = [f"{STREAM_COMMANDS}.{consumer_name(service, lane)}" for lane in Lane]
    return Permissions(
        publish=(
            f"evt.{service}.>",
            progress_subject(service, ">"),
            *(dead_subject(command_subject(service, lane)) for lane in Lane),
            *(f"$JS.API.CONSUMER.INFO.{consumer}" for consumer in consumers),
            *(f"$JS.API.CONSUMER.MSG.NEXT.{consumer}" for consumer in consumers),
            *(f"$JS.ACK.{consumer}.>" for consumer in consumers),
            USER_INFO,
        ),
        subscribe=(cancel_subject(service), f"ask.{service}.>", f"{inbox_prefix(service)}.>"),
    )


def main_app_permissions() -> Permissions:
    """Give the rights of main_app, which owns the streams: it declares them, and may empty them."""
    return Permissions(
        publish=(
            "cmd.>",
            cancel_subject(">"),
            "ask.>",
            wake_subject(">"),
            "$JS.API.>",
            *(f"$JS.ACK.{stream}.{MAIN_APP}.>" for stream in (STREAM_EVENTS, STREAM_DEAD)),
            USER_INFO,
        ),
        subscribe=("progress.>", wake_subject(">"), f"{inbox_prefix(MAIN_APP)}.>"),
    )


def authorization(users: Iterable[tuple[str, str, Permissions]]) -> str:
    """Give the ``authorization`` block of a server's configuration.

    Parameters
    ----------
    users
        Name, password and rights. The password is written as it is given here: in quotes, or as a variable of
        the server's environment, ``$NAME``.
    """
    lines = ["authorization {", "  users: ["]
    for name, password, permissions in users:
        lines += [
            "    {",
            f'      user: "{name}", password: {password}',
            "      permissions: {",
            *_listed("publish", permissions.publish),
            *_listed("subscribe", permissions.subscribe),
            # A service answers a question on whatever inbox it came from.
            "        allow_responses: true",
            "      }",
            "    }",
        ]
    return "\n".join([*lines, "  ]", "}"])


def _listed(verb: str, subjects: Iterable[str]) -> list[str]:
    return [f"        {verb}: [", *(f'          "{subject}"' for subject in subjects), "        ]"]


def _is_granted(subject: str, rules: Mapping[str, Any]) -> bool:
    allowed, denied = rules.get("allow"), rules.get("deny") or ()
    if any(_overlaps(pattern, subject) for pattern in denied):
        return False
    return allowed is None or any(_covers(pattern, subject) for pattern in allowed)


def _covers(pattern: str, subject: str) -> bool:
    """Whether all that `subject`, which may have wildcards itself, can stand for is in `pattern`."""
    wide, narrow = pattern.split("."), subject.split(".")
    for n, part in enumerate(wide):
        if part == ">":
            return len(narrow) > n
        if n >= len(narrow) or narrow[n] == ">" or part not in ("*", narrow[n]):
            return False
    return len(wide) == len(narrow)


def _overlaps(one: str, other: str) -> bool:
    """Whether there is a subject that both stand for."""
    left, right = one.split("."), other.split(".")
    for a, b in zip(left, right, strict=False):
        if ">" in (a, b):
            return True
        if "*" not in (a, b) and a != b:
            return False
    return len(left) == len(right)
