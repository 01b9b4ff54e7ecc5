"""supervisord as we need it: two of its rules are different here.

    python -m launcher.supervisor_daemon -c CONFIG

- An exit code from ``exitcodes`` means "do not restart me" however soon it comes. The original asks for it
  only once a program has run for ``startsecs``, and a program with a wrong setting does not get that far.
- The delay between failing starts grows by a second each time, as in the original, and then stops growing.
"""

import sys
import time
from typing import Any

from supervisor.options import ProcessConfig, ServerOptions, decode_wait_status
from supervisor.process import Subprocess
from supervisor.states import ProcessStates
from supervisor.supervisord import go

LONGEST_DELAY_S = 15.0


class SupervisedProcess(Subprocess):  # type: ignore[misc]  # supervisor has no types
    laststart: float
    delay: float

    def finish(self, pid: int, sts: int) -> None:
        status, _ = decode_wait_status(sts)
        if status in self.config.exitcodes:
            # As if it had run long enough for its exit code to count.
            self.laststart = min(self.laststart, time.time() - self.config.startsecs - 1)
        super().finish(pid, sts)

    def change_state(self, new_state: int, expected: bool = True) -> Any:
        changed = super().change_state(new_state, expected)
        if new_state == ProcessStates.BACKOFF:
            self.delay = min(self.delay, time.time() + LONGEST_DELAY_S)
        return changed


class SupervisedProgram(ProcessConfig):  # type: ignore[misc]
    def make_process(self, group: Any = None) -> SupervisedProcess:
        process = SupervisedProcess(self)
        process.group = group
        return process


class Options(ServerOptions):  # type: ignore[misc]
    def processes_from_section(self, parser: Any, section: str, group_name: str, klass: Any = None) -> Any:
        return super().processes_from_section(parser, section, group_name, SupervisedProgram)


def main(arguments: list[str] | None = None) -> None:
    options = Options()
    options.realize(arguments, doc=__doc__)
    options.first, options.test = True, False
    try:
        go(options)
    finally:
        options.close_httpservers()
        options.close_logger()


if __name__ == "__main__":
    main(sys.argv[1:])
