"""Runs the tests of what changed, and of every part that is made of it.

    python -m tools.affected [--base COMMIT] [--list]

Compares the checkout, uncommitted and new files included, with where it left the main branch. A file of a
part concerns that part and all that need it, by the edges of `uv.lock`; a page of text concerns nobody; a
file at the root concerns everything. What crosses parts (`tests/`) runs along with any part, except what
starts the whole system: `make test` runs that.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from tools.parts import ROOT, Part, python_parts

BROWSER = {"services/web_app": {"shared/js", "shared/python"}, "shared/js": {"shared/python"}}
"""The JavaScript parts and what they are made of; constants.js is written from the Python models."""

UNTESTED = ("docs", "benchmarks")
CROSSING = ("tests", "deploy")
"""Folders that cross parts; the tests of both are in tests/."""


def owner(file: str, folders: Iterable[str]) -> str | None:
    """Give the folder that a file concerns first: ``.`` is everything, ``None`` nobody."""
    path = PurePosixPath(file)
    if path.suffix == ".md" or path.parts[0] in UNTESTED:
        return None
    if path.parts[0] in CROSSING:
        return "tests"
    return next((folder for folder in folders if path.is_relative_to(folder)), ".")


def affected(files: Iterable[str], parts: dict[str, Part]) -> set[str]:
    """Give the folders whose tests have to run."""
    needs = {**{folder: set(part.needs) for folder, part in parts.items()}, **BROWSER, "tools": set()}
    touched = {owner(file, needs) for file in files} - {None}
    if "." in touched:
        return {*needs, "tests"}
    concerned = {folder for folder, its_needs in needs.items() if touched & {folder, *its_needs}}
    return {*concerned, "tests"} if touched else set()


def changed_files(base: str) -> list[str]:
    changed = _git("diff", "--name-only", "--no-renames", _git("merge-base", base, "HEAD")[0])
    return [*changed, *_git("ls-files", "--others", "--exclude-standard")]


def _git(*arguments: str) -> list[str]:
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    ).stdout.splitlines()


def commands(folders: set[str]) -> list[list[str]]:
    """Give the commands that run the tests of these folders."""
    python = sorted(folders - BROWSER.keys())
    tests = [folder if folder == "tests" else f"{folder}/tests" for folder in python]
    found = []
    if folders & BROWSER.keys():
        found.append(["npm", "run", "test", "--workspaces", "--if-present"])
    if tests:
        found.append([str(Path(sys.executable).with_name("pytest")), "-m", "not system and not slow", *tests])
    return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Run the tests of what changed.")
    parser.add_argument("--base", default="origin/main", help="commit to compare with (default: origin/main)")
    parser.add_argument("--list", action="store_true", help="only name the folders")
    options = parser.parse_args(arguments)
    folders = affected(changed_files(options.base), python_parts())
    print("Affected:", " ".join(sorted(folders)) or "nothing that has tests", flush=True)
    if options.list:
        return 0
    codes = [subprocess.run(command, cwd=ROOT, check=False).returncode for command in commands(folders)]
    return max(codes, default=0)


if __name__ == "__main__":
    sys.exit(main())
