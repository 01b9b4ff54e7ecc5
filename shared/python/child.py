"""A child process that runs the CPU work, so that its parent can always speak to the queue.

Code that holds the GIL, crashes, leaks or never ends is the child's affair: the parent keeps the lease alive,
kills the child when a job is cancelled or takes too long, and starts another. One call runs at a time.

The parent's side is `Child`; ``python -m shared.python.child`` is the other one.
"""

import asyncio
import contextlib
import ctypes
import importlib
import os
import pickle
import resource
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from shared.python.errors import LimitError, TonotopeError, UnavailableError
from shared.python.models import FailureCode
from shared.python.tracing import current_traceparent, set_up_tracing, span

START_S = 300.0
"""How long a child may take to be ready: compiling everything anew on a slow and busy machine."""

_NICENESS = 5
"""The work steps back behind whoever answers people and the queue on the same machine."""

Report = Callable[[float, str | None], Awaitable[None]]
"""Takes the fraction that is done, and the URL of an intermediate result where there is one."""


class ChildDiedError(TonotopeError):
    """The child ended in the middle of a call: killed, crashed, or out of memory."""

    code = FailureCode.CRASHED
    retryable = True


class TimedOutError(TonotopeError):
    """The call took longer than it may; its child was killed."""

    code = FailureCode.TIMED_OUT


@dataclass(frozen=True, slots=True)
class ChildSettings:
    """How the child processes of a service are made.

    Parameters
    ----------
    preload
        Modules that a child imports when it starts, so that the first call finds them there.
    warm_up
        ``module:function`` that a child calls before it is ready: what has to be compiled once is compiled
        then, and not on the first sound's time.
    memory_bytes
        Limit of a child's address space; a call that needs more ends as `FailureCode.OUT_OF_MEMORY`.
    environment
        Added to the environment (threads of BLAS, for example).
    """

    preload: tuple[str, ...] = ()
    warm_up: str | None = None
    memory_bytes: int | None = None
    environment: dict[str, str] = field(default_factory=dict)


class Child:
    """The parent's side of one child process, which is started by the first call."""

    def __init__(self, settings: ChildSettings) -> None:
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None
        self._connection: Connection | None = None

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    @property
    def is_running(self) -> bool:
        return self._connection is not None and self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start the process if it is not there, and wait until it is ready.

        Raises
        ------
        UnavailableError
            When it cannot be started.
        """
        await self._started()

    async def call(
        self, function: str, *arguments: Any, timeout_s: float, report: Report | None = None
    ) -> Any:
        """Run ``module:function`` in the child and give what it returns.

        With `report`, the function gets a keyword argument ``report`` to call with its progress.

        Raises
        ------
        ChildDiedError, TimedOutError
            And every error that the function raises.
        UnavailableError
            When no child process can be started.
        """
        connection = await self._started()
        try:
            async with asyncio.timeout(timeout_s):
                return await self._call(connection, function, arguments, report)
        except TimeoutError as error:
            await self.stop()
            raise TimedOutError(f"took longer than the {timeout_s:.0f} s that it may take") from error
        except (EOFError, OSError) as error:
            code = await self.stop()
            raise ChildDiedError(f"the process that worked on it ended ({_exit_reason(code)})") from error
        except asyncio.CancelledError:
            await self.stop()
            raise

    async def _call(
        self, connection: Connection, function: str, arguments: tuple[Any, ...], report: Report | None
    ) -> Any:
        connection.send((function, arguments, report is not None, current_traceparent()))
        while True:
            kind, value = await self._receive(connection)
            if kind == "report" and report is not None:
                await report(*value)
            elif kind == "result":
                return value
            elif kind == "error":
                raise value

    async def _started(self) -> Connection:
        if self.is_running and self._connection is not None:
            return self._connection
        await self.stop()
        ours, theirs = socket.socketpair()
        settings = self._settings
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "shared.python.child", str(theirs.fileno()), str(os.getpid()),
            str(settings.memory_bytes or 0), settings.warm_up or "", *settings.preload,
            pass_fds=(theirs.fileno(),),
            stdin=asyncio.subprocess.DEVNULL,
            env=os.environ | settings.environment,
        )  # fmt: skip
        theirs.close()
        connection = self._connection = Connection(ours.detach())
        try:
            async with asyncio.timeout(START_S):
                await self._receive(connection)
        except (EOFError, OSError, TimeoutError) as error:
            # Not the fault of what it was to work on: something is missing or broken here.
            code = await self.stop()
            raise UnavailableError(
                f"a process to work in could not start ({_exit_reason(code)}): its log says why"
            ) from error
        except asyncio.CancelledError:
            await self.stop()
            raise
        return connection

    async def _receive(self, connection: Connection) -> tuple[str, Any]:
        loop, readable = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(connection.fileno(), readable.set)
        try:
            await readable.wait()
        finally:
            loop.remove_reader(connection.fileno())
        kind, value = connection.recv()
        return str(kind), value

    async def stop(self) -> int | None:
        """Kill the child if there is one, and give its exit code."""
        process, connection = self._process, self._connection
        self._process = self._connection = None
        if connection is not None:
            connection.close()
        if process is None:
            return None
        if process.returncode is None:
            # Give a child that is dying by itself the moment it needs, so that its own exit code is seen.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 0.05)
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        return process.returncode


def _exit_reason(code: int | None) -> str:
    if code is not None and code < 0:
        return signal.Signals(-code).name
    return f"exit code {code}"


def die_with(parent: int) -> None:
    """End this process when its parent ends, however that comes about (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:
        # It ended before we could ask for the signal.
        os._exit(1)


def serve(connection: Connection) -> None:
    """Say that we are ready, then answer calls until the parent closes the connection."""
    connection.send(("ready", None))
    while True:
        try:
            function, arguments, reports, traceparent = connection.recv()
        except EOFError:
            return
        with span(function, parent=traceparent) as open_span:
            kind, value = _answer(connection, function, arguments, reports)
            if kind == "error":
                open_span.set_attribute("error.type", type(value).__name__)
        connection.send((kind, value))


def _answer(
    connection: Connection, function: str, arguments: tuple[Any, ...], reports: bool
) -> tuple[str, Any]:
    keywords: dict[str, Any] = {}
    if reports:
        keywords["report"] = lambda fraction, url=None: connection.send(("report", (fraction, url)))
    try:
        return "result", _resolve(function)(*arguments, **keywords)
    except MemoryError:
        return "error", LimitError("needs more memory than one job may have", code=FailureCode.OUT_OF_MEMORY)
    except TonotopeError as error:
        return "error", error
    except Exception as error:  # noqa: BLE001 - the border: the parent decides what an unknown error means
        return "error", _portable(error)


def _resolve(function: str) -> Callable[..., Any]:
    module, _, name = function.partition(":")
    resolved: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return resolved


def _portable(error: Exception) -> Exception:
    """Give the error itself when it survives the way to the parent, else its text."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes, made on this line
    except Exception:  # noqa: BLE001 - pickle may raise anything that the error's own code raises
        return RuntimeError(repr(error))
    return error


def main(arguments: list[str]) -> None:
    descriptor, parent, memory_bytes, warm_up, *preload = arguments
    die_with(int(parent))
    os.nice(_NICENESS)
    set_up_tracing("child")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to deal with
    if int(memory_bytes):
        resource.setrlimit(resource.RLIMIT_AS, (int(memory_bytes), int(memory_bytes)))
    for module in preload:
        importlib.import_module(module)
    if warm_up:
        _resolve(warm_up)()
    serve(Connection(int(descriptor)))


if __name__ == "__main__":
    main(sys.argv[1:])
