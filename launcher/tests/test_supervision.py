import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from launcher.paths import DataDirectory
from launcher.programs import Program, Stage
from launcher.supervision import STOP_S, ProgramState, Supervision
from launcher.tests.processes import family, is_alive, wait_until
from shared.python.errors import UnavailableError

Write = Callable[..., Program]
Supervise = Callable[..., Supervision]

SLEEPS = "import time\ntime.sleep(600)\n"

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(600)
"""

WRITES_ITS_END = """
import os, signal, sys, time
from pathlib import Path
name = Path(__file__).stem
def end(*_):
    time.sleep(0.2)
    (Path(sys.argv[1]) / f"{name}.ended").write_text(str(time.time()))
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("up", flush=True)
time.sleep(600)
"""


def test_killed_program_is_started_again(supervise: Supervise, write_program: Write) -> None:
    supervision = supervise(write_program("sleeper", SLEEPS))
    wait_until(lambda: supervision.pid_of("sleeper"))
    first = supervision.pid_of("sleeper")
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: supervision.pid_of("sleeper") not in (0, first))


def test_program_that_ends_by_itself_is_started_again(
    supervise: Supervise, write_program: Write, tmp_path: Path
) -> None:
    source = "import sys\nopen(sys.argv[1] + '/starts', 'a').write('x')\n"
    supervise(write_program("short", source))
    wait_until(lambda: (tmp_path / "starts").exists() and len((tmp_path / "starts").read_text()) >= 3)


def test_delay_between_failing_starts_grows(
    supervise: Supervise, write_program: Write, tmp_path: Path
) -> None:
    source = "import sys, time\nopen(sys.argv[1] + '/starts', 'a').write(f'{time.time()}\\n')\nsys.exit(1)\n"
    supervise(write_program("failing", source))

    def starts() -> list[float]:
        file = tmp_path / "starts"
        return [float(line) for line in file.read_text().split()] if file.exists() else []

    wait_until(lambda: len(starts()) >= 4, timeout_s=40)
    delays = [later - earlier for earlier, later in zip(starts(), starts()[1:], strict=False)]
    assert delays[0] >= 1.0
    assert delays[1] >= 2.0
    assert delays[2] >= 3.0


def test_exit_code_78_means_no_restart_however_soon(supervise: Supervise, write_program: Write) -> None:
    source = "import sys\nprint('create an owner first', flush=True)\nsys.exit(78)\n"
    supervision = supervise(write_program("web", source))
    wait_until(lambda: supervision.statuses()[0].needs_settings)
    time.sleep(2.5)
    status = supervision.statuses()[0]
    assert status.state is ProgramState.EXITED
    assert status.exit_code == 78


def test_programs_end_stage_by_stage(supervise: Supervise, write_program: Write, tmp_path: Path) -> None:
    names = {"queue": Stage.QUEUE, "publisher": Stage.MESSAGES, "worker": Stage.WORK, "web": Stage.FRONT}
    programs = [write_program(name, WRITES_ITS_END, stage=stage) for name, stage in names.items()]
    supervision = supervise(*programs)
    logs = [tmp_path / "data" / "logs" / f"{name}.log" for name in names]
    wait_until(lambda: all(log.exists() and log.read_text() for log in logs))
    supervision.stop()
    ended = {name: float((tmp_path / f"{name}.ended").read_text()) for name in names}
    assert sorted(names, key=ended.__getitem__) == ["web", "worker", "publisher", "queue"]


def test_stop_leaves_nothing_behind_even_of_the_stubborn(
    supervise: Supervise, write_program: Write, data: DataDirectory
) -> None:
    stubborn = [
        write_program("deaf_web", STUBBORN, stage=Stage.FRONT),
        write_program("deaf_worker", STUBBORN, stage=Stage.WORK),
    ]
    supervision = supervise(*stubborn, write_program("queue", SLEEPS, stage=Stage.QUEUE))
    wait_until(lambda: all(data.log(p.name).exists() and data.log(p.name).read_text() for p in stubborn))
    assert supervision.pid is not None
    everyone = family(supervision.pid)
    assert len(everyone) == 4
    began = time.monotonic()
    supervision.stop()
    assert time.monotonic() - began < STOP_S + 0.5 < 10.5
    assert not any(is_alive(pid) for pid in everyone)
    assert not list(data.run.glob("*.sock*"))


def test_killing_supervisord_kills_every_program(supervise: Supervise, write_program: Write) -> None:
    supervision = supervise(write_program("one", SLEEPS), write_program("two", STUBBORN))
    wait_until(lambda: all(status.pid for status in supervision.statuses()))
    assert supervision.pid is not None
    everyone = family(supervision.pid)
    os.kill(supervision.pid, signal.SIGKILL)
    wait_until(lambda: not any(is_alive(pid) for pid in everyone), timeout_s=3)
    with pytest.raises(UnavailableError):
        supervision.statuses()


def test_dead_supervisord_is_revived_with_its_programs(supervise: Supervise, write_program: Write) -> None:
    supervision = supervise(write_program("one", SLEEPS))
    wait_until(lambda: supervision.pid_of("one"))
    first = supervision.pid
    assert first is not None
    assert not supervision.revive()
    os.kill(first, signal.SIGKILL)
    wait_until(supervision.revive)
    assert supervision.pid != first
    wait_until(lambda: supervision.pid_of("one"))


def test_killing_the_launcher_leaves_nothing_behind(tmp_path: Path, write_program: Write) -> None:
    program = write_program("one", STUBBORN)
    source = f"""
import os, sys, time
from pathlib import Path
from launcher.paths import DataDirectory
from launcher.programs import Program, Stage
from launcher.supervision import Supervision
data = DataDirectory(Path({str(tmp_path / "data")!r}))
data.prepare()
programs = [Program("one", {program.command!r}, Stage.WORK)]
supervision = Supervision(programs, data=data, environment=dict(os.environ))
supervision.start()
while not all(status.pid for status in supervision.statuses()):
    time.sleep(0.05)
print("up", flush=True)
time.sleep(600)
"""
    launcher = subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, encoding="utf-8")
    assert launcher.stdout is not None
    assert launcher.stdout.readline() == "up\n"
    everyone = family(launcher.pid)
    assert len(everyone) == 3
    launcher.kill()
    launcher.communicate()
    wait_until(lambda: not any(is_alive(pid) for pid in everyone), timeout_s=3)


def test_output_of_a_program_is_logged(
    supervise: Supervise, write_program: Write, data: DataDirectory
) -> None:
    source = """
        import sys, time
        print("to stdout", flush=True)
        print("to stderr", file=sys.stderr)
        time.sleep(600)
    """
    supervise(write_program("talker", source))
    log = data.log("talker")
    wait_until(lambda: log.exists() and {"to stdout", "to stderr"} <= set(log.read_text().splitlines()))


def test_program_gets_its_own_environment(
    supervise: Supervise, write_program: Write, data: DataDirectory
) -> None:
    program = write_program(
        "teller", "import os, time\nprint(os.environ['SECRET'], flush=True)\ntime.sleep(600)"
    )
    supervise(Program(program.name, program.command, program.stage, {"SECRET": "50% of it, or more"}))
    wait_until(lambda: data.log("teller").exists() and "50% of it, or more" in data.log("teller").read_text())
    assert data.supervisor_config.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["with space", "50% full", "semi ;colon", "hash #1", "Klänge", "x" * 120])
def test_data_directory_may_have_any_name(tmp_path: Path, write_program: Write, name: str) -> None:
    data = DataDirectory(tmp_path / name)
    data.prepare()
    supervision = Supervision(
        [write_program("talker", "import time\nprint('here', flush=True)\ntime.sleep(600)")],
        data=data,
        environment=dict(os.environ),
    )
    try:
        supervision.start()
        wait_until(lambda: data.log("talker").exists() and data.log("talker").read_text() == "here\n")
    finally:
        supervision.stop()


def test_configuration_that_supervisord_refuses_is_reported(supervise: Supervise) -> None:
    with pytest.raises(UnavailableError, match="supervisord does not come up"):
        supervise(Program("bad", ("'unbalanced",), Stage.WORK, {"BROKEN": '"'}))
