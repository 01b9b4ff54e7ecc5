import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from shared.python.child import Child, ChildDiedError, ChildSettings, TimedOutError
from shared.python.errors import CorruptError, LimitError, UnavailableError
from shared.python.models import FailureCode

FUNCTIONS = "shared.python.tests.child_functions"


@pytest.fixture
async def child():
    child = Child(ChildSettings(preload=(FUNCTIONS,)))
    yield child
    await child.stop()


async def call(
    child: Child, name: str, *arguments: object, timeout_s: float = 60.0, **keywords: object
) -> object:
    return await child.call(f"{FUNCTIONS}:{name}", *arguments, timeout_s=timeout_s, **keywords)


def is_running(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    return False


async def test_calls_share_one_process_that_is_not_ours(child: Child) -> None:
    assert await call(child, "add", 2, 3) == 5
    assert await call(child, "pid") == await call(child, "pid") == child.pid != os.getpid()


async def test_the_work_steps_back_behind_its_parent(child: Child) -> None:
    await child.start()
    assert child.pid is not None
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, child.pid) == min(19, own + 5)


async def test_an_error_arrives_as_itself(child: Child) -> None:
    with pytest.raises(CorruptError, match=r"text\.mp3 is no sound") as caught:
        await call(child, "refuse", "text.mp3")
    assert caught.value.code == "corrupt"
    with pytest.raises(ZeroDivisionError):
        await call(child, "fail")


async def test_an_error_that_cannot_travel_arrives_as_its_text(child: Child) -> None:
    with pytest.raises(RuntimeError, match="made inside a function"):
        await call(child, "fail_with_something_that_cannot_travel")


async def test_a_crash_is_named_and_the_next_call_gets_a_new_process(child: Child) -> None:
    with pytest.raises(ChildDiedError, match="SIGSEGV"):
        await call(child, "crash")
    assert await call(child, "add", 1, 1) == 2


async def test_what_takes_too_long_is_killed(child: Child, tmp_path: Path) -> None:
    started = tmp_path / "pid"
    with pytest.raises(TimedOutError):
        await call(child, "hang", str(started), timeout_s=3.0)
    assert not is_running(int(started.read_text()))


async def test_cancelling_kills_the_process(child: Child, tmp_path: Path) -> None:
    started = tmp_path / "pid"
    calling = asyncio.create_task(call(child, "hang", str(started)))
    while not (started.exists() and started.read_text()):
        await asyncio.sleep(0.02)
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    assert not is_running(int(started.read_text()))
    assert await call(child, "add", 1, 1) == 2


async def test_too_much_memory_is_an_error_of_its_own() -> None:
    child = Child(ChildSettings(memory_bytes=2 << 30))
    with pytest.raises(LimitError) as caught:
        await call(child, "burst")
    assert caught.value.code == FailureCode.OUT_OF_MEMORY
    await child.stop()


async def test_a_child_that_cannot_start_is_not_the_fault_of_the_call() -> None:
    child = Child(ChildSettings(preload=("no.such.module",)))
    with pytest.raises(UnavailableError, match="could not start"):
        await call(child, "add", 1, 1)


async def test_reports_arrive_in_order(child: Child) -> None:
    heard: list[tuple[float, str | None]] = []

    async def report(fraction: float, url: str | None = None) -> None:
        heard.append((fraction, url))

    assert await call(child, "count_up", 3, report=report) == 3
    assert heard == [(1 / 3, "blob:0"), (2 / 3, "blob:1"), (1.0, "blob:2")]


def test_a_child_dies_with_its_parent(tmp_path: Path) -> None:
    started = tmp_path / "pid"
    program = (
        "import asyncio\n"
        "from shared.python.child import Child, ChildSettings\n"
        "child = Child(ChildSettings())\n"
        f"asyncio.run(child.call({FUNCTIONS + ':hang'!r}, {str(started)!r}, timeout_s=600))\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], env=os.environ)
    deadline = 60.0
    while not (started.exists() and started.read_text()) and deadline > 0:
        assert parent.poll() is None
        deadline -= 0.05
        subprocess.run(["sleep", "0.05"], check=True)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    pid = int(started.read_text())
    for _ in range(100):
        if not is_running(pid):
            break
        subprocess.run(["sleep", "0.05"], check=True)
    assert not is_running(pid)
