"""Ctrl-C, SIGTERM and a closed terminal: one way to ask for the end, seen at once by whoever sleeps."""

import select
import signal
import socket
from types import FrameType, TracebackType
from typing import Any, Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(Exception):
    """Somebody wants us to end."""


class Interruption:
    """While the block lasts, those signals end `sleep` with `Interrupted` instead of ending the process.

    To be used in the main thread, as signal handlers are.
    """

    def __init__(self) -> None:
        self.requested = False

    def __enter__(self) -> Self:
        self._awake, self._bell = socket.socketpair()
        self._awake.setblocking(False)
        self._bell.setblocking(False)
        self._former_bell = signal.set_wakeup_fd(self._bell.fileno(), warn_on_full_buffer=False)
        self._former: dict[int, Any] = {number: signal.signal(number, self._note) for number in _SIGNALS}
        return self

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.requested = True

    def sleep(self, seconds: float) -> None:
        """Wait; any signal may end the wait early.

        Raises
        ------
        Interrupted
            When the end was asked for, now or before.
        """
        if not self.requested and select.select([self._awake], [], [], seconds)[0]:
            self._awake.recv(4096)
        if self.requested:
            raise Interrupted

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._former_bell)
        self._awake.close()
        self._bell.close()
