"""Runs the commands of main_app that end by themselves: prepare the database, add a folder, report a run."""

import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launcher.interruption import Interruption
from launcher.leash import holding, leashed
from launcher.log_tail import LogTail
from launcher.paths import DataDirectory
from launcher.programs import main_app_command
from shared.python.errors import TonotopeError, UnavailableError

_TICK_S = 0.2
_TRIES = 10


@dataclass(frozen=True, slots=True)
class MainApp:
    """main_app's commands, run in `environment`; what they log is in ``logs/<command>.log``.

    While one of them takes its time, `on_tick` is called a few times a second.
    """

    data: DataDirectory
    environment: Mapping[str, str]
    interruption: Interruption

    def migrate(self) -> None:
        """Make the database fit this release."""
        self._run("migrate")

    def choose_pipeline(self, file: Path) -> None:
        """Let runs that begin from now on go through the pipeline in this file."""
        self._run("pipeline", str(file))

    def add_folder(
        self, folder: Path, *, slicing: bool | None, on_tick: Callable[[], None]
    ) -> dict[str, Any]:
        """Add a folder of sounds, or scan it again; gives ``source_id``, ``run_id`` and ``map_id``.

        `slicing` says whether events are points of their own from now on; ``None``: as before.
        """
        flag = {True: ("--slice",), False: ("--no-slice",), None: ()}[slicing]
        return self._object(
            "add_source", "--provider", "local_folder", "--folder", str(folder), *flag, on_tick=on_tick
        )

    def wait_for_run(self, run_id: str, *, on_tick: Callable[[], None]) -> dict[str, Any]:
        """Wait until a run has ended and give its report."""
        return self._object("run_report", run_id, "--wait", on_tick=on_tick)

    def _object(self, command: str, *arguments: str, on_tick: Callable[[], None]) -> dict[str, Any]:
        printed = self._run(command, *arguments, on_tick=on_tick)
        try:
            answer = json.loads(printed)
        except ValueError as error:
            raise TonotopeError(f"main_app {command} printed {printed!r}, which is no JSON") from error
        if not isinstance(answer, dict):
            raise TonotopeError(f"main_app {command} printed {printed!r}, which is no object")
        return answer

    def _run(self, command: str, *arguments: str, on_tick: Callable[[], None] | None = None) -> str:
        tail = LogTail(self.data.log(command))
        for _ in range(_TRIES):
            code, printed = self._run_once(command, *arguments, on_tick=on_tick)
            if code == 0:
                return printed
            if code > 0:
                break
            # Somebody killed it. Each of these commands may be run again at any time.
        said = "\n".join(tail.lines()) or f"exit code {code}"
        raise UnavailableError(f"main_app {command} failed:\n{said}")

    def _run_once(self, command: str, *arguments: str, on_tick: Callable[[], None] | None) -> tuple[int, str]:
        with (
            self.data.log(command).open("ab") as log,
            subprocess.Popen(
                leashed(main_app_command(command, *arguments)),
                cwd=self.data.root,
                env=holding(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                encoding="utf-8",
                # Ctrl-C is for us.
                process_group=0,
            ) as process,
        ):
            try:
                printed = self._wait(process, on_tick)
            finally:
                process.kill()
        return process.returncode, printed

    def _wait(self, process: "subprocess.Popen[str]", on_tick: Callable[[], None] | None) -> str:
        while True:
            try:
                printed, _ = process.communicate(timeout=_TICK_S)
            except subprocess.TimeoutExpired:
                self.interruption.sleep(0)
                if on_tick is not None:
                    on_tick()
            else:
                return printed
