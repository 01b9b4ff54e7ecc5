"""Lists the licences of all that ships in docs/licences.md, and holds copyleft to a recorded decision.

    python -m tools.licences [--check]

Fails when something ships under a copyleft licence, or under one that nobody has named, and the table
tools/licences.toml does not say which decision allows it. What the table says of things that do not ship any
more is reported as well.
"""

import argparse
import platform
import re
import sys
import tomllib
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path

from tools.parts import ROOT
from tools.shipped import UNKNOWN, Shipped, browser_packages, python_packages

PAGE = Path("docs/licences.md")
PLATFORM = ("Linux", "x86_64")
"""The page tells of the wheels of this platform, which our images run on; elsewhere it is not compared."""

_COPYLEFT = re.compile(r"(?:[AL]?GPL|MPL|EPL|CDDL|EUPL|OSL|CPL|CECILL|SSPL|CC-BY-SA)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Table:
    """What people have found out and decided: tools/licences.toml.

    Attributes
    ----------
    packages
        Licences of packages whose metadata name none, in SPDX.
    libraries
        Licences of the native libraries inside wheels, in SPDX.
    inside
        What people know to be linked into a wheel where no file shows it: by package, name and licence.
    mentions
        Packages with a licence text that speaks of copyleft and does not put the package under it: why.
    decisions
        What ships under copyleft (package, library or crate), and the decision that allows it.
    """

    packages: dict[str, str] = field(default_factory=dict)
    libraries: dict[str, str] = field(default_factory=dict)
    inside: dict[str, dict[str, str]] = field(default_factory=dict)
    mentions: dict[str, str] = field(default_factory=dict)
    decisions: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, root: Path = ROOT) -> "Table":
        return cls(**tomllib.loads((root / "tools/licences.toml").read_text()))

    def name_licence(self, package: Shipped) -> Shipped:
        if package.licence != UNKNOWN:
            return package
        return replace(package, licence=self.packages.get(package.name, UNKNOWN))

    def libraries_of(self, package: Shipped) -> dict[str, str]:
        """Give what native libraries a wheel holds, seen in it or known to be, with their licences."""
        seen = {name: self.libraries.get(name, UNKNOWN) for name in package.libraries}
        return seen | self.inside.get(package.name, {})


def is_copyleft(expression: str) -> bool:
    """Say whether an SPDX expression binds us to copyleft: no, when one of its alternatives does not.

    Raises
    ------
    ValueError
        When it is no SPDX expression.
    """
    tokens = re.findall(r"[()]|[^\s()]+", expression)

    def read_alternatives() -> bool:
        bound = read_together()
        while tokens[:1] == ["OR"]:
            tokens.pop(0)
            bound = read_together() and bound
        return bound

    def read_together() -> bool:
        bound = read_one()
        while tokens[:1] in (["AND"], ["WITH"]):
            tokens.pop(0)
            bound = read_one() or bound
        return bound

    def read_one() -> bool:
        if not tokens:
            raise ValueError(f"{expression!r} ends where a licence has to stand")
        word = tokens.pop(0)
        if word != "(":
            return bool(_COPYLEFT.match(word))
        bound = read_alternatives()
        if tokens[:1] != [")"]:
            raise ValueError(f"{expression!r} opens a bracket that it does not close")
        tokens.pop(0)
        return bound

    bound = read_alternatives()
    if tokens:
        raise ValueError(f"{expression!r} is no SPDX expression: what does {tokens[0]!r} say?")
    return bound


def complaints(shipped: list[Shipped], table: Table, *, root: Path = ROOT) -> list[str]:
    """Give everything that ships without a named licence or without the decision that it needs."""
    found: list[str] = []
    carriers: dict[str, str] = {}  # what is under copyleft, and a package that carries it
    for package in map(table.name_licence, shipped):
        inside = table.libraries_of(package)
        for name, licence in [(package.name, package.licence), *inside.items(), *package.crates]:
            where = name if name == package.name else f"{name} inside {package.name}"
            if licence == UNKNOWN:
                found.append(f"{where}: nobody has named its licence in tools/licences.toml")
            elif is_copyleft(licence):
                carriers[name] = package.name
                if name not in table.decisions:
                    found.append(f"{where}: {licence}, and no decision in tools/licences.toml allows it")
        explained = carriers.keys() & {package.name, *inside} or package.name in table.mentions
        if package.mentions_copyleft and not explained:
            found.append(f"{package.name}: a licence text inside speaks of copyleft; say why in `mentions`")
    for name, file in table.decisions.items():
        if name not in carriers:
            found.append(f"{name}: decided in tools/licences.toml, and does not ship under copyleft")
        elif not (root / file).is_file():
            found.append(f"{name}: its decision {file} is not there")
        elif not {name, carriers[name]} & set(re.findall(r"[\w+-]+", (root / file).read_text())):
            found.append(f"{name}: {file} names neither it nor {carriers[name]}")
    return [*found, *stale_entries(shipped, table)]


def stale_entries(shipped: list[Shipped], table: Table) -> list[str]:
    packages = {package.name for package in shipped}
    libraries = {name for package in shipped for name in package.libraries}
    named = table.packages.keys() | table.mentions.keys() | table.inside.keys()
    stale = named - packages | table.libraries.keys() - libraries
    return [f"{name}: named in tools/licences.toml, and does not ship" for name in sorted(stale)]


def page(python: list[Shipped], browser: list[Shipped], table: Table) -> str:
    """Give docs/licences.md."""
    lines = [
        "# Licences of all that ships",
        "",
        "Written by `python -m tools.licences`. Tonotope itself is under the Apache License 2.0; this is",
        "what its images (with the wheels for Linux on x86-64) and its browser app are made of besides.",
    ]
    for title, packages in (("Python", python), ("Browser", browser)):
        lines += ["", f"## {title}", "", "| package | version | licence | in |", "|---|---|---|---|"]
        for package in map(table.name_licence, packages):
            parts = ", ".join(package.parts)
            lines.append(f"| {package.name} | {package.version} | {package.licence} | {parts} |")
    lines += ["", "## Native libraries inside wheels", "", "| library | licence | inside |", "|---|---|---|"]
    holders: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for package in python:
        for library in table.libraries_of(package).items():
            holders[library].append(package.name)
    for name, licence in sorted(holders, key=lambda library: library[0].lower()):
        lines.append(f"| {name} | {licence} | {', '.join(holders[name, licence])} |")
    lines += ["", "## Rust crates inside wheels", "", "| licence | crates |", "|---|---|"]
    crates = {crate for package in python for crate in package.crates}
    for licence in sorted({licence for _, licence in crates}):
        lines.append(f"| {licence} | {', '.join(sorted(name for name, its in crates if its == licence))} |")
    lines += ["", "## Copyleft, and the decisions that allow it", "", "| what | decision |", "|---|---|"]
    for name, file in sorted(table.decisions.items()):
        decision = Path(file).relative_to("docs")
        lines.append(f"| {name} | [{decision.stem}]({decision}) |")
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="List the licences of all that ships.")
    parser.add_argument(
        "--check", action="store_true", help=f"fail when {PAGE} is out of date, write nothing"
    )
    options = parser.parse_args(arguments)
    table, python, browser = Table.read(), python_packages(), browser_packages()
    found = complaints([*python, *browser], table) if on_the_platform() else []
    written = page(python, browser, table)
    if not on_the_platform():
        print(f"{PAGE} is compared on {' '.join(PLATFORM)} only: wheels differ between platforms")
    elif not options.check:
        (ROOT / PAGE).write_text(written)
    elif not (ROOT / PAGE).is_file() or (ROOT / PAGE).read_text() != written:
        found.append(f"{PAGE} is out of date: run `python -m tools.licences` and commit what it writes")
    for complaint in found:
        print(complaint, file=sys.stderr)
    return 1 if found else 0


def on_the_platform() -> bool:
    return (platform.system(), platform.machine()) == PLATFORM


if __name__ == "__main__":
    sys.exit(main())
