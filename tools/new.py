"""Begins a new part: writes it, makes it a member of the workspace, and runs its tests.

    python -m tools.new service NAME
    python -m tools.new integration NAME

The templates stand in tools/templates/. What they write is a part that works and that every check of the
repository accepts; what it does is yours to replace.
"""

import argparse
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from string import Template

from tools import requirements
from tools.parts import ROOT, read_lock, run_uv

TEMPLATES = Path(__file__).parent / "templates"
RUN = ["uv", "run", "--no-sync"]
_SUFFIX = ".template"
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")

NEXT_STEPS = {
    "service": """\
What next:
  1. README.md and nodes.py: say what it does, and what people can set.
  2. squares.py: put your computation in its place; jobs.py brings the blobs to it.
  3. A command of another kind is a pair of messages in shared/python/messages.py and a line in `handlers`.
  4. make run: the launcher finds it by its entry point, and main_app by what it announces.""",
    "integration": """\
What next:
  1. README.md and the manifest in source.py: say what it reads, and what a person has to give.
  2. source.py: speak with your provider; translate its errors there, into those of shared/python/errors.py.
  3. tests/test_conformance.py: make its world one of your provider, and keep the suite green.
  4. make run: main_app finds it by its entry point and offers it to people.""",
}


class UnusableNameError(ValueError):
    """A name that no new part can have; the message says why."""


@dataclass(frozen=True, slots=True)
class NewPart:
    """A part that is about to be written: `kind` is ``service`` or ``integration``."""

    kind: str
    name: str

    @property
    def folder(self) -> str:
        return f"{self.kind}s/{self.name}"

    @property
    def distribution(self) -> str:
        prefix = "tonotope-integrations-" if self.kind == "integration" else "tonotope-"
        return prefix + self.name.replace("_", "-")

    @property
    def words(self) -> dict[str, str]:
        """What the templates may name; versions of packages as all other parts have them."""
        title = self.name.replace("_", " ")
        versions = {
            name.replace("-", "_"): package["version"]
            for name, package in read_lock().items()
            if "version" in package
        }
        return {
            **versions,
            "name": self.name,
            "kebab": self.name.replace("_", "-"),
            "title": title[0].upper() + title[1:],
            "class_name": "".join(word.capitalize() for word in self.name.split("_")),
        }


def check_name(part: NewPart, *, root: Path = ROOT) -> None:
    """Refuse a name that would not work.

    Raises
    ------
    UnusableNameError
    """
    if not _NAME.fullmatch(part.name):
        raise UnusableNameError(f"{part.name!r} is no name for a part: use words of a-z and 0-9 joined by _")
    if (root / part.folder).exists():
        raise UnusableNameError(f"{part.folder} is there already")
    if part.distribution in read_lock(root):
        raise UnusableNameError(f"{part.distribution} is the name of another part")


def write(part: NewPart, *, root: Path = ROOT) -> None:
    """Fill the templates in."""
    words = part.words
    for template in sorted((TEMPLATES / part.kind).rglob(f"*{_SUFFIX}")):
        file = root / part.folder / template.relative_to(TEMPLATES / part.kind).with_suffix("")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(Template(template.read_text()).substitute(words))


def enrol(part: NewPart, *, root: Path = ROOT) -> None:
    """Make the part a member of the workspace, and an integration a part of main_app's image."""
    add_to_list(root / "pyproject.toml", after="members = [", item=part.folder)
    if part.kind == "integration":
        main_app = root / "services/main_app/pyproject.toml"
        add_to_list(main_app, after="dependencies = [", item=part.distribution, behind="tonotope-")
        source = f"{part.distribution} = {{ workspace = true }}"
        main_app.write_text(
            main_app.read_text().replace("[tool.uv.sources]\n", f"[tool.uv.sources]\n{source}\n", 1)
        )


def add_to_list(file: Path, *, after: str, item: str, behind: str | None = None) -> None:
    """Add a string to a list in a TOML file, behind its siblings, and leave all else as it is.

    Parameters
    ----------
    after
        The line that opens the list.
    behind
        How the siblings begin; by default as the item does, up to its last slash.
    """
    lines = file.read_text().splitlines(keepends=True)
    siblings = behind if behind is not None else item.rpartition("/")[0] + "/"
    opening = next(number for number, line in enumerate(lines) if line.strip() == after)
    closing = next(number for number in range(opening, len(lines)) if lines[number].strip() == "]")
    last = max(
        (number for number in range(opening, closing) if lines[number].strip().startswith(f'"{siblings}')),
        default=closing - 1,
    )
    lines.insert(last + 1, f'    "{item}",\n')
    tomllib.loads("".join(lines))
    file.write_text("".join(lines))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make new-service|new-integration NAME=x", description=__doc__)
    parser.add_argument("kind", choices=list(NEXT_STEPS))
    parser.add_argument("name", metavar="NAME")
    options = parser.parse_args(arguments)
    part = NewPart(options.kind, options.name)
    try:
        check_name(part)
    except UnusableNameError as error:
        parser.error(str(error))
    write(part)
    enrol(part)
    print(f"{part.folder} is written; installing it and running its tests.", flush=True)
    run_uv("sync", "--quiet", "--all-packages")
    requirements.main([])
    # The length of a name decides where lines break, and its letters the order of imports.
    for command in (["check", "--fix-only", "--quiet"], ["format", "--quiet"]):
        subprocess.run([*RUN, "ruff", *command, part.folder], cwd=ROOT, check=True)
    code = subprocess.run([*RUN, "pytest", part.folder], cwd=ROOT, check=False).returncode
    print(NEXT_STEPS[part.kind] if code == 0 else f"The tests of {part.folder} fail as they were written.")
    return code


if __name__ == "__main__":
    sys.exit(main())
