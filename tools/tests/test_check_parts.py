from pathlib import Path

import pytest

from tools.check_parts import complaints

PROJECT = """
[project]
name = "tonotope-{name}"
version = "0"
license = "Apache-2.0"
classifiers = ["Private :: Do Not Upload"]
dependencies = ["tonotope-shared", "numpy==2.4.6"]
{entry_point}
[tool.hatch.build]
dev-mode-dirs = ["{up}"]
[tool.hatch.build.targets.wheel]
sources = {{ "" = "{folder}" }}
"""
MEMBERS = ("shared/python", "integrations/core", "integrations/a_cloud", "services/a_service", "launcher")
JAVASCRIPT = ("shared/js", "services/web_app")


def write(file: Path, text: str = "") -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Give a small repository in which every part is in shape."""
    write(tmp_path / "pyproject.toml", f"[tool.uv.workspace]\nmembers = {list(MEMBERS)}")
    for folder in (*MEMBERS, *JAVASCRIPT):
        write(tmp_path / folder / "README.md")
        write(tmp_path / folder / "tests" / ("an_idea.test.js" if folder in JAVASCRIPT else "test_idea.py"))
    for folder in MEMBERS:
        for name in ("requirements.txt", "__init__.py"):
            write(tmp_path / folder / name)
        name = folder.removeprefix("services/").replace("/", "-").replace("_", "-")
        point = '[project.entry-points."tonotope.integrations"]\na_cloud = "x:X"'
        project = PROJECT.format(
            name="shared" if folder == "shared/python" else name,
            entry_point=point if folder == "integrations/a_cloud" else "",
            up="../.." if "/" in folder else "..",
            folder=folder,
        )
        write(tmp_path / folder / "pyproject.toml", project)
    write(tmp_path / "services/a_service/Dockerfile")
    write(tmp_path / "services/web_app/Dockerfile")
    write(tmp_path / "services/a_service/__main__.py")
    write(tmp_path / "integrations/a_cloud/source.py")
    for name in ("core", "a_cloud"):
        write(tmp_path / "integrations" / name / "tests/test_conformance.py")
    return tmp_path


def test_nothing_to_say_when_all_is_in_shape(tree: Path) -> None:
    assert complaints(tree) == []


@pytest.mark.parametrize(
    "file",
    [
        "services/a_service/README.md",
        "services/a_service/Dockerfile",
        "services/a_service/__main__.py",
        "integrations/a_cloud/source.py",
        "integrations/a_cloud/tests/test_conformance.py",
        "shared/js/README.md",
    ],
)
def test_missing_file_is_named(tree: Path, file: str) -> None:
    (tree / file).unlink()
    assert any(file.rpartition("/")[2] in complaint for complaint in complaints(tree))


def test_part_without_a_test_is_named(tree: Path) -> None:
    (tree / "launcher/tests/test_idea.py").unlink()
    assert complaints(tree) == ["launcher: tests/ holds no test"]


def test_folder_that_is_no_member_is_named(tree: Path) -> None:
    write(tree / "services/stray/notes.txt")
    assert "services/stray: no member of the workspace in /pyproject.toml" in complaints(tree)


def test_exemption_that_nobody_needs_is_named(tree: Path) -> None:
    write(tree / "integrations/a_cloud/Dockerfile")
    assert "exemption" in complaints(tree)[0]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"numpy==2.4.6"', '"numpy>=2"', "not pinned"),
        ('"tonotope-a-service"', '"a-service"', "its name"),
        ('"services/a_service"', '"a_service"', "the prefix of its wheel"),
        ('["../.."]', '[".."]', "dev-mode-dirs"),
        ('"Apache-2.0"', '"MIT"', "its licence"),
    ],
)
def test_other_form_of_project_is_named(tree: Path, old: str, new: str, complaint: str) -> None:
    file = tree / "services/a_service/pyproject.toml"
    file.write_text(file.read_text().replace(old, new))
    assert [complaint in line for line in complaints(tree)] == [True]


def test_integration_without_an_entry_point_is_named(tree: Path) -> None:
    file = tree / "integrations/a_cloud/pyproject.toml"
    file.write_text(file.read_text().replace("a_cloud =", "another ="))
    assert "no entry point 'a_cloud'" in complaints(tree)[0]


def test_unruly_module_is_named(tree: Path) -> None:
    write(tree / "services/a_service/helpers.py", "x = 1\n" * 401)
    assert [line.split(":")[0] for line in complaints(tree)] == ["services/a_service/helpers.py"] * 2


def test_namespace_package_with_init_is_named(tree: Path) -> None:
    write(tree / "services/__init__.py")
    assert "services/__init__.py" in complaints(tree)[0]
