import re
import subprocess

from tools.parts import ROOT


def test_makefile_explains_every_target() -> None:
    explained = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    named = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[0].split()
    assert re.findall(r"^  make ([a-z-]+) ", explained, re.MULTILINE) == named


def test_recipes_are_short() -> None:
    recipes = re.split(r"^[a-z-]+:.*$", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)[1:]
    assert max(len(re.findall(r"^\t", recipe, re.MULTILINE)) for recipe in recipes) <= 10


def test_integration_run_stops_at_the_first_failure() -> None:
    script = (ROOT / ".ci/run").read_text()
    assert "set -euo pipefail" in script
    assert re.findall(r"^make (\w+)$", script, re.MULTILINE) == ["lint", "test"]
