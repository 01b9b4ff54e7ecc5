"""The borders between the parts hold, and the check that says so catches what it is there for."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.parts import ROOT

ROOT_PACKAGES = ("services", "integrations", "shared", "launcher")


def check_boundaries(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo"],
        cwd=root,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def copied_tree(tmp_path: Path) -> Path:
    """Give a copy of the code that may be spoilt."""
    no_code = shutil.ignore_patterns("node_modules", "dist", "tests", "__pycache__")
    for package in ROOT_PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=no_code)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_boundaries_hold() -> None:
    checked = check_boundaries(ROOT)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        (
            "services/audio_analyzer/stray.py",
            "import services.umap_service",
            "Nothing imports a service BROKEN",
        ),
        (
            "launcher/stray.py",
            "from services.main_app import settings",
            "Nothing imports a service BROKEN",
        ),
        (
            "services/umap_service/stray.py",
            "import launcher",
            "Nothing imports the launcher BROKEN",
        ),
        (
            "shared/python/stray.py",
            "from integrations.core import errors",
            "shared knows nobody BROKEN",
        ),
        (
            "services/audio_analyzer/stray.py",
            "from integrations.core import registry",
            "Of the parts, only main_app imports integrations BROKEN",
        ),
        (
            "services/main_app/stray.py",
            "import integrations.local_folder",
            "A provider is found by its entry point, never imported BROKEN",
        ),
        (
            "integrations/core/stray.py",
            "import integrations.demo_collection",
            "A provider is found by its entry point, never imported BROKEN",
        ),
        (
            "integrations/local_folder/stray.py",
            "import boto3",
            "No cloud's SDK",
        ),
    ],
)
def test_planted_import_is_caught(copied_tree: Path, file: str, line: str, contract: str) -> None:
    (copied_tree / file).write_text(f"{line}\n")
    checked = check_boundaries(copied_tree)
    assert checked.returncode == 1, checked.stdout + checked.stderr
    assert contract in " ".join(checked.stdout.split())
    assert "stray" in checked.stdout
