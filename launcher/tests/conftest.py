"""What the tests of real processes share: a data directory, small programs, a supervision."""

import os
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from launcher.paths import DataDirectory
from launcher.programs import Program, Stage
from launcher.supervision import Supervision


@pytest.fixture
def data(tmp_path: Path) -> DataDirectory:
    directory = DataDirectory(tmp_path / "data")
    directory.prepare()
    return directory


@pytest.fixture
def web_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the system a page to serve as its web app, so that no test depends on what is built."""
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "index.html").write_text("<!doctype html><title>Tonotope</title>")
    monkeypatch.setenv("WEB_APP_DIST", str(tmp_path / "dist"))


@pytest.fixture
def write_program(tmp_path: Path) -> Callable[..., Program]:
    """Write a small Python program; it finds its own folder, for leaving marks, in ``sys.argv[1]``."""

    def write(name: str, source: str, *, stage: Stage = Stage.WORK) -> Program:
        file = tmp_path / f"{name}.py"
        file.write_text(textwrap.dedent(source))
        return Program(name, (sys.executable, str(file), str(tmp_path)), stage)

    return write


@pytest.fixture
def supervise(data: DataDirectory) -> Iterator[Callable[..., Supervision]]:
    """Start programs under a supervision that ends with the test."""
    started: list[Supervision] = []

    def start(*programs: Program) -> Supervision:
        supervision = Supervision(programs, data=data, environment=dict(os.environ))
        started.append(supervision)
        supervision.start()
        return supervision

    yield start
    for supervision in started:
        supervision.stop()
