import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from launcher.leash import HOLDER, holding, leashed
from launcher.tests.processes import is_alive, wait_until

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]

PARENT = """
import os, subprocess, sys, time
from launcher.leash import holding, leashed
command = eval(sys.argv[1])
child = subprocess.Popen(leashed(command), env=holding(os.environ))
print(child.pid, flush=True)
time.sleep(600)
"""

WATCHING_PARENT = """
import os, subprocess, sys, time
from launcher.leash import holding
watch = "import sys; from launcher.leash import run_watched; sys.exit(run_watched(eval(sys.argv[1])))"
child = subprocess.Popen([sys.executable, "-c", watch, sys.argv[1]], env=holding(os.environ))
print(child.pid, flush=True)
time.sleep(600)
"""


def start_parent(source: str, command: list[str]) -> tuple["subprocess.Popen[str]", int]:
    parent = subprocess.Popen(
        [sys.executable, "-c", source, repr(command)], stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert parent.stdout is not None
    return parent, int(parent.stdout.readline())


def has_become(pid: int, argument: str) -> bool:
    return argument in Path(f"/proc/{pid}/cmdline").read_text().split("\0")


def test_command_dies_when_its_parent_is_killed() -> None:
    parent, child = start_parent(PARENT, SLEEPER)
    wait_until(lambda: has_become(child, SLEEPER[2]))
    parent.kill()
    parent.communicate()
    wait_until(lambda: not is_alive(child), timeout_s=2)


def test_command_dies_when_its_parent_is_killed_while_it_starts() -> None:
    parent, child = start_parent(PARENT, SLEEPER)
    parent.kill()
    parent.communicate()
    wait_until(lambda: not is_alive(child), timeout_s=5)


def test_whole_chain_dies_when_its_head_is_killed() -> None:
    parent, middle = start_parent(PARENT, [sys.executable, "-c", PARENT, repr(SLEEPER)])
    assert parent.stdout is not None
    last = int(parent.stdout.readline())
    wait_until(lambda: has_become(last, SLEEPER[2]))
    parent.kill()
    parent.communicate()
    wait_until(lambda: not is_alive(middle) and not is_alive(last), timeout_s=2)


def test_watched_command_dies_when_its_parent_is_killed(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    command = [
        sys.executable,
        "-c",
        f"import os, time; open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(600)",
    ]
    parent, watcher = start_parent(WATCHING_PARENT, command)
    wait_until(lambda: mark.exists() and mark.read_text())
    child = int(mark.read_text())
    parent.kill()
    parent.communicate()
    wait_until(lambda: not is_alive(child) and not is_alive(watcher), timeout_s=5)


def test_watched_command_gets_sigterm_and_gives_its_exit_code() -> None:
    watch = "import sys; from launcher.leash import run_watched; sys.exit(run_watched(eval(sys.argv[1])))"
    command = [
        sys.executable,
        "-c",
        "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(7)); print('up', flush=True);"
        "time.sleep(600)",
    ]
    watcher = subprocess.Popen(
        [sys.executable, "-c", watch, repr(command)],
        env=holding(os.environ),
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert watcher.stdout is not None
    assert watcher.stdout.readline() == "up\n"
    watcher.terminate()
    watcher.communicate(timeout=10)
    assert watcher.returncode == 7


@pytest.mark.parametrize("code", [0, 3, 78])
def test_exit_code_is_the_commands_own(code: int) -> None:
    command = leashed([sys.executable, "-c", f"raise SystemExit({code})"])
    assert subprocess.run(command, env=holding(os.environ)).returncode == code


def test_command_keeps_the_process_id_of_the_leash() -> None:
    command = leashed([sys.executable, "-c", "import os; print(os.getpid())"])
    process = subprocess.Popen(command, env=holding(os.environ), stdout=subprocess.PIPE, encoding="utf-8")
    printed, _ = process.communicate()
    assert int(printed) == process.pid


def test_missing_command_is_named() -> None:
    process = subprocess.run(
        leashed(["no-such-program"]), env=holding(os.environ), capture_output=True, encoding="utf-8"
    )
    assert process.returncode == 127
    assert "no-such-program" in process.stderr


def test_leash_of_a_parent_that_is_gone_starts_nothing() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    process = subprocess.run(
        leashed([sys.executable, "-c", "print('started')"]),
        env={**os.environ, HOLDER: str(gone.pid)},
        capture_output=True,
        encoding="utf-8",
    )
    assert process.stdout == ""
    assert process.returncode == 128 + signal.SIGKILL


def test_leashed_process_ignores_no_sigterm() -> None:
    process = subprocess.Popen(leashed(SLEEPER), env=holding(os.environ))
    wait_until(lambda: has_become(process.pid, SLEEPER[2]))
    time.sleep(0.1)
    process.terminate()
    assert process.wait(timeout=5) == -signal.SIGTERM
