import os
import signal
import time
from collections.abc import Callable

import pytest

from launcher.paths import DataDirectory
from launcher.program_watch import Patience, ProgramWatch
from launcher.programs import Program
from launcher.supervision import Supervision
from launcher.tests.processes import wait_until
from shared.python.errors import ConfigError, UnavailableError

Write = Callable[..., Program]
Supervise = Callable[..., Supervision]

SLEEPS = "import time\ntime.sleep(600)\n"
FAILS = "import sys\nsys.exit('the disk is full')\n"
HURRIED = Patience(steady_s=0.5, report_s=1.5)


def look_until(watch: ProgramWatch, condition: Callable[[], object]) -> None:
    def look() -> object:
        watch.look()
        return condition()

    wait_until(look)


def test_failing_program_is_reported_once_with_its_last_words(
    supervise: Supervise, write_program: Write, data: DataDirectory
) -> None:
    told: list[str] = []
    supervision = supervise(write_program("failing", FAILS), write_program("fine", SLEEPS))
    watch = ProgramWatch(supervision, data=data, tell=told.append, patience=HURRIED)
    look_until(watch, lambda: told)
    deadline = time.monotonic() + 2
    look_until(watch, lambda: time.monotonic() > deadline)
    assert len(told) == 1
    assert told[0].startswith("failing does not keep running")
    assert "the disk is full" in told[0]
    assert str(data.log("failing")) in told[0]


def test_program_that_recovers_is_reported(
    supervise: Supervise, write_program: Write, data: DataDirectory
) -> None:
    source = """
        import pathlib, sys, time
        if not (pathlib.Path(sys.argv[1]) / "mended").exists():
            sys.exit("broken")
        time.sleep(600)
    """
    told: list[str] = []
    supervision = supervise(write_program("mendable", source))
    watch = ProgramWatch(supervision, data=data, tell=told.append, patience=HURRIED)
    look_until(watch, lambda: told)
    (data.root.parent / "mended").touch()
    look_until(watch, lambda: len(told) > 1)
    assert told[1] == "mendable runs again."


def test_program_killed_now_and_then_is_no_news(
    supervise: Supervise, write_program: Write, data: DataDirectory
) -> None:
    told: list[str] = []
    supervision = supervise(write_program("victim", SLEEPS))
    watch = ProgramWatch(
        supervision, data=data, tell=told.append, patience=Patience(steady_s=0.3, report_s=8.0)
    )
    for _ in range(2):
        wait_until(lambda: supervision.pid_of("victim"))
        steady = time.monotonic() + 0.6
        look_until(watch, lambda steady=steady: time.monotonic() > steady)
        os.kill(supervision.pid_of("victim"), signal.SIGKILL)
        look_until(watch, lambda: supervision.pid_of("victim"))
    assert told == []


def test_patience_may_end(supervise: Supervise, write_program: Write, data: DataDirectory) -> None:
    supervision = supervise(write_program("failing", FAILS))
    patience = Patience(steady_s=0.5, report_s=60, give_up_s=1.5)
    watch = ProgramWatch(supervision, data=data, tell=print, patience=patience)
    with pytest.raises(UnavailableError, match=r"failing does not keep running.*\n.*the disk is full"):
        look_until(watch, lambda: False)


def test_program_that_needs_a_setting_speaks_for_itself(
    supervise: Supervise, write_program: Write, data: DataDirectory
) -> None:
    source = "import sys\nprint('create an owner first', file=sys.stderr)\nsys.exit(78)\n"
    supervision = supervise(write_program("web", source))
    watch = ProgramWatch(supervision, data=data, tell=print)
    with pytest.raises(ConfigError, match=r"^create an owner first$"):
        look_until(watch, lambda: False)


def test_dead_supervisord_is_started_again_and_reported(
    supervise: Supervise, write_program: Write, data: DataDirectory
) -> None:
    told: list[str] = []
    supervision = supervise(write_program("one", SLEEPS))
    watch = ProgramWatch(supervision, data=data, tell=told.append)
    watch.look()
    assert supervision.pid is not None
    os.kill(supervision.pid, signal.SIGKILL)
    look_until(watch, lambda: told)
    assert "started again" in told[0]
    look_until(watch, lambda: supervision.pid_of("one"))
