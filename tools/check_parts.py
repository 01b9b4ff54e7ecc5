"""Checks that every part has the same shape, so that whoever knows one knows all.

    python -m tools.check_parts

What a part may do without stands in `EXEMPT`, with the reason. An exemption that nobody needs any more is
reported as well.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from tools.parts import ROOT

SHAPE = ("README.md", "pyproject.toml", "requirements.txt", "Dockerfile", "__init__.py", "tests")
SHAPE_OF_A_SERVICE = (*SHAPE, "__main__.py")
SHAPE_OF_AN_INTEGRATION = (*SHAPE, "source.py", "tests/test_conformance.py")

_JAVASCRIPT = "JavaScript: package.json says what it is and needs"
_LIBRARY = "a library: it is copied into the images of those that use it"
EXEMPT: dict[tuple[str, str], str] = {
    ("integrations/*", "Dockerfile"): _LIBRARY,
    ("integrations/core", "source.py"): "the interface itself: it reaches no source",
    ("launcher", "Dockerfile"): "it runs the system on a machine without containers",
    ("services/web_app", "pyproject.toml"): _JAVASCRIPT,
    ("services/web_app", "requirements.txt"): _JAVASCRIPT,
    ("services/web_app", "__init__.py"): _JAVASCRIPT,
    ("services/web_app", "__main__.py"): _JAVASCRIPT,
    ("shared/*", "Dockerfile"): _LIBRARY,
    ("shared/js", "pyproject.toml"): _JAVASCRIPT,
    ("shared/js", "requirements.txt"): _JAVASCRIPT,
    ("shared/js", "__init__.py"): _JAVASCRIPT,
}
"""What a part may do without, by the pattern of its folder and the missing name, and why."""

NAMELESS = {"helpers.py", "common.py", "misc.py", "util.py"}
TEST_FILE = re.compile(r"test_\w+\.py|.+\.test\.(js|ts)")
MAX_LINES, MAX_TEST_LINES = 400, 700


def part_folders(root: Path) -> Iterator[str]:
    """Give every folder that has to be a part."""
    for namespace in ("integrations", "services", "shared"):
        for folder in sorted((root / namespace).iterdir()):
            if folder.is_dir() and folder.name != "__pycache__":
                yield f"{namespace}/{folder.name}"
    yield "launcher"


def is_exempt(folder: str, name: str) -> bool:
    return any(fnmatch(folder, pattern) and name == without for pattern, without in EXEMPT)


def missing_files(root: Path, folder: str) -> Iterator[str]:
    shape = {"services": SHAPE_OF_A_SERVICE, "integrations": SHAPE_OF_AN_INTEGRATION}
    for name in shape.get(folder.split("/")[0], SHAPE):
        there, exempt = (root / folder / name).exists(), is_exempt(folder, name)
        if not there and not exempt:
            yield f"{folder}: {name} is missing"
        if there and exempt:
            yield f"{folder}: {name} is there, so its exemption in tools/check_parts.py can go"


def misshapen_project(root: Path, folder: str) -> Iterator[str]:
    """Compare a part's pyproject.toml with the form that all share: import path = file path, all pinned."""
    file = root / folder / "pyproject.toml"
    if not file.is_file():
        return
    content = tomllib.loads(file.read_text())
    project = content["project"]
    build: dict[str, Any] = content.get("tool", {}).get("hatch", {}).get("build", {})
    up = "/".join([".."] * (folder.count("/") + 1))
    expected = {
        "its name": (project["name"], distribution_name(folder)),
        "its version": (project["version"], "0"),
        "its licence": (project.get("license"), "Apache-2.0"),
        "its classifiers": (project.get("classifiers"), ["Private :: Do Not Upload"]),
        "dev-mode-dirs": (build.get("dev-mode-dirs"), [up]),
        "the prefix of its wheel": (build.get("targets", {}).get("wheel", {}).get("sources"), {"": folder}),
    }
    for what, (found, wanted) in expected.items():
        if found != wanted:
            yield f"{folder}/pyproject.toml: {what} is {found!r}, not {wanted!r}"
    for need in project.get("dependencies", []):
        if "==" not in need and not need.startswith("tonotope-"):
            yield f"{folder}/pyproject.toml: {need!r} is not pinned with =="
    points = project.get("entry-points", {}).get("tonotope.integrations", {})
    if (root / folder / "source.py").is_file() and folder.split("/")[1:] != list(points):
        yield f"{folder}/pyproject.toml: no entry point {folder.split('/')[1]!r} in tonotope.integrations"


def distribution_name(folder: str) -> str:
    """Give the name that a part's distribution has to have: its folder in kebab-case."""
    words = {"shared/python": "shared"}.get(folder, folder.removeprefix("services/"))
    return "tonotope-" + words.replace("/", "-").replace("_", "-")


def unruly_modules(root: Path, folder: str) -> Iterator[str]:
    for module in sorted((root / folder).rglob("*.py")):
        name = module.relative_to(root)
        if {"node_modules", "dist", "templates"} & set(name.parts):
            continue
        limit = MAX_TEST_LINES if "tests" in name.parts else MAX_LINES
        n_lines = len(module.read_text().splitlines())
        if n_lines > limit:
            yield f"{name}: {n_lines} lines, and at most {limit} may be; what wants out?"
        if module.name in NAMELESS:
            yield f"{name}: a name that says what it holds"


def complaints(root: Path = ROOT) -> list[str]:
    """Give everything that is out of shape, one line each."""
    workspace = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["uv"]["workspace"]["members"]
    found: list[str] = []
    for folder in part_folders(root):
        if not is_exempt(folder, "pyproject.toml") and folder not in workspace:
            found.append(f"{folder}: no member of the workspace in /pyproject.toml")
        found += missing_files(root, folder)
        found += misshapen_project(root, folder)
        found += unruly_modules(root, folder)
        if not any(TEST_FILE.fullmatch(file.name) for file in (root / folder / "tests").rglob("*")):
            found.append(f"{folder}: tests/ holds no test")
    for namespace in ("integrations", "services", "shared"):
        if (root / namespace / "__init__.py").exists():
            found.append(
                f"{namespace}/__init__.py: a namespace has none, so that parts can be installed apart"
            )
    return found


def main() -> int:
    found = complaints()
    for complaint in found:
        print(complaint)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
