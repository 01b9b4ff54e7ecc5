import subprocess
from pathlib import Path

import pytest

from tools.parts import ROOT


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "sources" / "tests").mkdir(parents=True)
    (tmp_path / "sources" / "a.txt").write_text("one")
    return tmp_path


def make(work: Path, command: str = "mkdir -p out && date >>out/made") -> int:
    """Run the command when it has to be run, and give how often it has been."""
    subprocess.run(
        [ROOT / "tools/when_changed.sh", "out", "sources", "--", "sh", "-c", command], cwd=work, check=True
    )
    return len((work / "out/made").read_text().splitlines())


def test_command_runs_once_for_the_same_contents(work: Path) -> None:
    assert make(work) == 1
    (work / "sources/a.txt").write_text("one")
    assert make(work) == 1


@pytest.mark.parametrize("change", ["sources/a.txt", "sources/b.txt"])
def test_command_runs_again_when_an_input_changed(work: Path, change: str) -> None:
    make(work)
    (work / change).write_text("two")
    assert make(work) == 2


def test_command_runs_again_when_a_file_was_renamed(work: Path) -> None:
    make(work)
    (work / "sources/a.txt").rename(work / "sources/b.txt")
    assert make(work) == 2


def test_change_of_a_test_is_no_change(work: Path) -> None:
    make(work)
    (work / "sources/tests/test_a.txt").write_text("new")
    assert make(work) == 1


def test_command_runs_again_when_its_output_is_gone(work: Path) -> None:
    make(work)
    (work / "out/made").unlink()
    (work / "out/.made_from").unlink()
    assert make(work) == 1


def test_command_that_failed_is_not_taken_for_done(work: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        make(work, "mkdir -p out && false")
    assert make(work) == 1
