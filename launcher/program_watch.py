"""Notices programs that do not come up, and says so in words."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from launcher.log_tail import LogTail
from launcher.paths import DataDirectory
from launcher.supervision import ProgramState, ProgramStatus, Supervision
from shared.python.errors import ConfigError, UnavailableError


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a program, in seconds.

    Parameters
    ----------
    steady_s
        A program that has lived so long is well.
    report_s
        One that has not been well for so long is worth a word.
    give_up_s
        And after so long waiting on makes no sense; ``None``: wait for ever.
    """

    steady_s: float = 10.0
    report_s: float = 25.0
    give_up_s: float | None = None


@dataclass(slots=True)
class _Record:
    """What was seen of one program; times are of the monotonic clock."""

    pid: int
    pid_since_s: float
    well_at_s: float
    tail: LogTail
    reported: bool = False


class ProgramWatch:
    """Looks after the programs of one supervision; `tell` gets what a person should read."""

    def __init__(
        self,
        supervision: Supervision,
        *,
        data: DataDirectory,
        tell: Callable[[str], None],
        patience: Patience | None = None,
    ) -> None:
        self._supervision, self._tell = supervision, tell
        self._patience = Patience() if patience is None else patience
        self._tails = {program.name: LogTail(data.log(program.name)) for program in supervision.programs}
        self._records: dict[str, _Record] = {}

    def look(self) -> None:
        """Look at every program once, starting supervisord again should it be dead.

        Raises
        ------
        ConfigError
            When a program ended because a setting must be changed; the message is the program's own.
        UnavailableError
            When supervisord cannot be started, or patience has an end and has reached it.
        """
        if self._supervision.revive():
            self._tell("The supervisor died; it and all programs were started again.")
        try:
            statuses = self._supervision.statuses()
        except UnavailableError:
            # Too busy to answer, or just dying: the next look tells which.
            return
        now = time.monotonic()
        for status in statuses:
            new = _Record(status.pid, now, now, self._tails[status.name])
            self._judge(status, self._records.setdefault(status.name, new))

    def _judge(self, status: ProgramStatus, record: _Record) -> None:
        if status.needs_settings:
            raise ConfigError(_said(record.tail) or f"{status.name} needs a setting and does not say which")
        now = time.monotonic()
        if status.pid != record.pid:
            record.pid, record.pid_since_s = status.pid, now
        if status.pid and now - record.pid_since_s >= self._patience.steady_s:
            if record.reported:
                self._tell(f"{status.name} runs again.")
            record.well_at_s, record.reported = now, False
            return
        unwell_s = now - record.well_at_s
        trouble = f"{status.name} does not keep running; its last words:\n{_said(record.tail)}"
        if self._patience.give_up_s is not None and unwell_s > self._patience.give_up_s:
            raise UnavailableError(trouble)
        if (unwell_s > self._patience.report_s or status.state is ProgramState.FATAL) and not record.reported:
            record.reported = True
            self._tell(f"{trouble}\nIt is tried again and again; all of it is in {record.tail.path}.")


def _said(tail: LogTail) -> str:
    return "\n".join(tail.lines())
