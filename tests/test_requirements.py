"""requirements.txt of every part says what the lock says."""

from tools.parts import ROOT, python_parts
from tools.requirements import HEADING, drifted, requirements


def test_requirements_follow_the_lock() -> None:
    assert [str(file.relative_to(ROOT)) for file in drifted()] == [], "run `python -m tools.requirements`"


def test_requirements_of_a_service_begin_with_the_shared_library() -> None:
    for folder in python_parts():
        lines = (ROOT / folder / "requirements.txt").read_text().splitlines()
        if folder.startswith(("services/", "integrations/")):
            assert lines[0] == "../../shared/python"
        for line in lines[: lines.index(HEADING)]:
            assert (ROOT / folder / line / "pyproject.toml").is_file(), f"{folder}: {line} leads nowhere"


def test_requirements_pin_everything() -> None:
    for part in python_parts().values():
        text = requirements(part)
        pins = text.split(HEADING)[1].split("\n")
        assert all("==" in pin for pin in pins if pin), part.folder
