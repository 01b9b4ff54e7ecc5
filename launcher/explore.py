"""``tonotope explore``: start everything, add a folder, stay until somebody ends it or the run is done."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from launcher.doctor import Grade, check_web_app, web_app_directory
from launcher.environment import reachable_host
from launcher.interruption import Interrupted, Interruption
from launcher.lock import DataLock
from launcher.paths import DataDirectory
from launcher.ports import DEFAULT_WEB_PORT, first_free_port, is_free, listens
from launcher.program_watch import Patience, ProgramWatch
from launcher.run_progress import RunProgress, summary
from launcher.system import System, make_plan, running_system
from launcher.web_probe import WebProbe
from shared.python.errors import ConfigError, UnavailableError

_READY_S, _READY_REPORT_S = 300.0, 30.0
_LOOK_S, _LOOK_WHILE_STAYING_S = 1.0, 2.0
_ONCE_PATIENCE = Patience(give_up_s=120.0)
_REPORTED = ("files", "analyzed", "failed", "skipped", "failures", "map")


@dataclass(frozen=True, slots=True)
class Request:
    """What the person asked for on the command line; without a `port`, any free one will do."""

    data: DataDirectory
    folder: Path | None = None
    pipeline: Path | None = None
    slicing: bool | None = None
    host: str = "127.0.0.1"
    port: int | None = None
    browser: bool = True
    once: bool = False
    as_json: bool = False


def explore(request: Request) -> int:
    """Run the system as asked, and give the exit code.

    Raises
    ------
    TonotopeError
        When it cannot be started or kept running; everything has ended by then.
    """
    began_s = time.monotonic()
    os.umask(0o077)
    folder = None if request.folder is None else require_folder(request.folder)
    if request.pipeline is not None and not request.pipeline.expanduser().is_file():
        raise ConfigError(f"there is no file {request.pipeline}")
    if not request.once:
        require_web_app()
    request.data.prepare()
    with Interruption() as interruption:
        try:
            with DataLock(request.data.lock) as lock:
                return _run(request, folder, lock=lock, interruption=interruption, began_s=began_s)
        except Interrupted:
            show("Tonotope has ended.")
            return 1 if request.once else 0


def _run(
    request: Request, folder: Path | None, *, lock: DataLock, interruption: Interruption, began_s: float
) -> int:
    port = choose_port(request)
    folders = () if folder is None else (folder,)
    plan = make_plan(request.data, host=request.host, port=port, folders=folders)
    with running_system(
        plan, data=request.data, interruption=interruption, lock_descriptor=lock.descriptor
    ) as system:
        probe = WebProbe(reachable_host(request.host), port)
        lock.describe(probe.url)
        session = _Session(request, system, probe, interruption)
        try:
            if request.pipeline is not None:
                system.main_app.choose_pipeline(request.pipeline.expanduser().absolute())
            if folder is not None and request.once:
                return session.see_through(folder, began_s=began_s)
            session.wait_until_ready()
            if folder is not None:
                session.add(folder)
            session.stay()
        except Interrupted:
            show("Ending …")
            raise


class _Session:
    """The conversation while the system runs."""

    def __init__(self, request: Request, system: System, probe: WebProbe, interruption: Interruption) -> None:
        self._request, self._system, self._probe = request, system, probe
        self._interruption, self._ready = interruption, False
        patience = _ONCE_PATIENCE if request.once else None
        self._watch = ProgramWatch(system.supervision, data=request.data, tell=show, patience=patience)

    def wait_until_ready(self) -> None:
        began_s, reported = time.monotonic(), False
        while not self._is_ready():
            self._watch.look()
            waited_s = time.monotonic() - began_s
            if waited_s > _READY_S:
                raise UnavailableError(
                    f"Tonotope is not ready after {_READY_S:.0f} s: {self._missing()} "
                    f"(logs are in {self._request.data.logs})"
                )
            if waited_s > _READY_REPORT_S and not reported:
                show(f"Not ready yet: {self._missing()}. Waiting on …")
                reported = True
            self._interruption.sleep(0.2)

    def _missing(self) -> str:
        return self._probe.missing() or "the web server does not answer yet"

    def _is_ready(self) -> bool:
        """Whether the web server is ready; says so the first time."""
        if not self._ready and self._serves() and self._probe.is_ready():
            self._ready = True
            stream = sys.stderr if self._request.as_json else sys.stdout
            print(f"Tonotope is ready: {self._probe.url}", file=stream, flush=True)
        return self._ready

    def _serves(self) -> bool:
        # Whoever started in the same moment may have got the port that was free for both.
        pid = self._system.supervision.pid_of("web")
        return pid != 0 and listens(pid, self._probe.port)

    def stay(self) -> NoReturn:
        """Open the browser and look after everything until somebody ends it, with `Interrupted`."""
        if self._request.browser:
            open_browser(self._probe.url)
        while True:
            self._watch.look()
            self._interruption.sleep(_LOOK_WHILE_STAYING_S)

    def add(self, folder: Path) -> str:
        """Add the folder, and give the id of the run that began."""
        look = _every(_LOOK_S, self._watch.look)
        return str(
            self._system.main_app.add_folder(folder, slicing=self._request.slicing, on_tick=look)["run_id"]
        )

    def see_through(self, folder: Path, *, began_s: float) -> int:
        """Add the folder, wait for the end of its run, and report it; the web server need not be ready."""
        run_id = self.add(folder)
        progress = RunProgress(tell=show)

        def look() -> None:
            self._watch.look()
            ours = self._is_ready() or self._serves()
            if ours and (run := self._probe.run(run_id)) is not None:
                progress.show(run)

        report = self._system.main_app.wait_for_run(run_id, on_tick=_every(_LOOK_S, look))
        seconds = round(time.monotonic() - began_s, 3)
        if self._request.as_json:
            print(json.dumps({**{name: report[name] for name in _REPORTED}, "seconds": seconds}), flush=True)
        else:
            print(summary(report, seconds=seconds), flush=True)
        if report["state"] == "done":
            return 0
        show(f"The run ended as {report['state']}: {report.get('message') or 'it does not say why'}")
        return 1


def show(text: str) -> None:
    """Tell the person something; never on stdout, which belongs to results."""
    print(text, file=sys.stderr, flush=True)


def _every(interval_s: float, function: Callable[[], Any]) -> Callable[[], None]:
    next_s = 0.0

    def call() -> None:
        nonlocal next_s
        if time.monotonic() >= next_s:
            function()
            next_s = time.monotonic() + interval_s

    return call


def require_folder(folder: Path) -> Path:
    """Give the folder as an absolute path.

    Raises
    ------
    ConfigError
        When it is no folder that we may read.
    """
    path = folder.expanduser().absolute()
    if not path.is_dir():
        raise ConfigError(f"{folder} is no folder" if path.exists() else f"there is no folder {folder}")
    if not os.access(path, os.R_OK | os.X_OK):
        raise ConfigError(f"no permission to read the folder {folder}")
    return path.resolve()


def require_web_app() -> None:
    """Refuse to start what a person would see nothing of.

    Raises
    ------
    ConfigError
        When the web app is not built.
    """
    check = check_web_app(web_app_directory())
    if check.grade is Grade.FAIL:
        raise ConfigError(f"the web app is {check.message}: {check.remedy}")


def choose_port(request: Request) -> int:
    """Give the port that was asked for, or the first free one.

    Raises
    ------
    ConfigError
        When the port that was asked for is taken.
    """
    if request.port is not None:
        if not is_free(request.host, request.port):
            raise ConfigError(
                f"port {request.port} is taken by another program: "
                "name another with --port, or leave --port out to get a free one"
            )
        return request.port
    port = first_free_port(request.host, start=DEFAULT_WEB_PORT)
    if port != DEFAULT_WEB_PORT:
        show(f"Port {DEFAULT_WEB_PORT} is taken by another program, so this is port {port}.")
    return port


def open_browser(url: str) -> None:
    """Open the person's browser, where there is a screen to show it on."""
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return
    # A process of its own: browsers talk a lot, and this one shall outlive us.
    subprocess.Popen(
        [sys.executable, "-m", "webbrowser", url],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
