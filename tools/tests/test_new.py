import tomllib
from pathlib import Path

import pytest

from tools.new import NewPart, UnusableNameError, add_to_list, check_name

PROJECT = """\
[project]
dependencies = [
    "tonotope-shared",
    "numpy==2.4.6",
]

[tool.uv.workspace]
members = [
    "integrations/core",
    "services/main_app",
    "launcher",
]
"""


@pytest.mark.parametrize("name", ["", "Upper", "with-dash", "9lives", "a b", "../up", "double__", "_private"])
def test_name_that_cannot_be_imported_is_refused(name: str) -> None:
    with pytest.raises(UnusableNameError, match="no name for a part"):
        check_name(NewPart("service", name))


def test_name_that_is_taken_is_refused() -> None:
    with pytest.raises(UnusableNameError, match="there already"):
        check_name(NewPart("service", "main_app"))
    with pytest.raises(UnusableNameError, match="another part"):
        check_name(NewPart("service", "integrations_core"))


def test_words_follow_from_the_name() -> None:
    part = NewPart("integration", "google_drive")
    assert (part.folder, part.distribution) == (
        "integrations/google_drive",
        "tonotope-integrations-google-drive",
    )
    assert part.words["class_name"] == "GoogleDrive"
    assert part.words["title"] == "Google drive"


@pytest.mark.parametrize(
    ("item", "neighbour"),
    [("services/ears", "services/main_app"), ("integrations/ftp", "integrations/core")],
)
def test_member_stands_behind_its_siblings(tmp_path: Path, item: str, neighbour: str) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text(PROJECT)
    add_to_list(file, after="members = [", item=item)
    members = tomllib.loads(file.read_text())["tool"]["uv"]["workspace"]["members"]
    assert members.index(item) == members.index(neighbour) + 1
    assert file.read_text().replace(f'    "{item}",\n', "") == PROJECT


def test_dependency_stands_behind_our_own(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text(PROJECT)
    add_to_list(file, after="dependencies = [", item="tonotope-integrations-ftp", behind="tonotope-")
    assert tomllib.loads(file.read_text())["project"]["dependencies"] == [
        "tonotope-shared",
        "tonotope-integrations-ftp",
        "numpy==2.4.6",
    ]
