"""`make new-service` and `make new-integration` write parts that work, and that every check accepts."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.parts import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SERVICE, INTEGRATION = "services/word_of_ears", "integrations/far_away_archives"


@pytest.fixture(scope="module")
def copied_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the repository with one new part of each kind."""
    copy = tmp_path_factory.mktemp("repository")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
    ).stdout.split("\0")  # fmt: skip
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    for folder in (SERVICE, INTEGRATION):
        kind, name = folder.split("s/", 1)
        made = run(copy, sys.executable, "-m", "tools.new", kind, name)
        assert made.returncode == 0, made.stdout + made.stderr
        assert " passed" in made.stdout
        assert "What next" in made.stdout
    return copy


def run(repository: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    return subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", SERVICE, INTEGRATION],
        ["ruff", "format", "--check", SERVICE, INTEGRATION],
        ["mypy", SERVICE, INTEGRATION],
        ["hadolint", f"{SERVICE}/Dockerfile"],
        ["lint-imports"],
        ["python", "-m", "tools.requirements", "--check"],
        ["python", "-m", "tools.isolated_tests", SERVICE],
        ["pytest", "tests/test_dockerfiles.py", "-k", SERVICE.split("/")[1]],
    ],
    ids=lambda command: " ".join(command[:3]),
)
def test_new_parts_pass_the_checks(copied_repository: Path, command: list[str]) -> None:
    checked = run(copied_repository, "uv", "run", "--no-sync", *command)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_new_parts_are_in_shape(copied_repository: Path) -> None:
    said = run(copied_repository, "uv", "run", "--no-sync", "python", "-m", "tools.check_parts").stdout
    assert [line for line in said.splitlines() if line.startswith((SERVICE, INTEGRATION))] == []


def test_new_integration_goes_into_the_image_of_main_app(copied_repository: Path) -> None:
    needs = (copied_repository / "services/main_app/requirements.txt").read_text().splitlines()
    assert f"../../{INTEGRATION}" in needs


def test_no_template_word_is_left(copied_repository: Path) -> None:
    for folder in (SERVICE, INTEGRATION):
        for file in (copied_repository / folder).rglob("*"):
            if file.is_file() and file.suffix in {".py", ".md", ".toml"}:
                assert "$" not in file.read_text(), file


def test_stray_import_does_not_work_where_a_service_is_alone(copied_repository: Path) -> None:
    stray = copied_repository / SERVICE / "tests/test_stray.py"
    stray.write_text("def test_stray():\n    import services.umap_service\n")
    isolated = ["uv", "run", "--no-sync", "python", "-m", "tools.isolated_tests", SERVICE]
    try:
        checked = run(copied_repository, *isolated, "--", "-k", "stray")
    finally:
        stray.unlink()
    assert checked.returncode == 1
    assert "ModuleNotFoundError: No module named 'services.umap_service'" in checked.stdout
