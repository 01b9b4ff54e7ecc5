import pytest

from tools.affected import affected, commands
from tools.parts import python_parts

PARTS = python_parts()
EVERYTHING = {*PARTS, "shared/js", "services/web_app", "tools", "tests"}


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("services/umap_service/layout.py", {"services/umap_service", "tests"}),
        ("services/umap_service/README.md", set()),
        ("docs/images/map.png", set()),
        ("integrations/local_folder/source.py",
         {"integrations/local_folder", "integrations/demo_collection", "services/main_app", "tests"}),
        ("shared/js/utils.js", {"shared/js", "services/web_app", "tests"}),
        ("shared/python/models.py", EVERYTHING - {"tools"}),
        ("tools/new.py", {"tools", "tests"}),
        ("deploy/compose.yaml", {"tests"}),
        ("pyproject.toml", EVERYTHING),
        (".ci/run", EVERYTHING),
    ],
)  # fmt: skip
def test_file_concerns_its_part_and_all_that_need_it(file: str, expected: set[str]) -> None:
    assert affected([file], PARTS) == expected


def test_files_add_up() -> None:
    assert affected(["docs/a.md", "launcher/paths.py", "services/umap_service/a.py"], PARTS) == {
        "launcher",
        "services/umap_service",
        "tests",
    }


def test_commands_run_each_kind_of_tests_with_its_own_tool() -> None:
    assert commands(set()) == []
    browser, python = commands({"shared/js", "launcher", "tests"})
    assert browser[0] == "npm"
    assert python[1:] == ["-m", "not system and not slow", "launcher/tests", "tests"]
