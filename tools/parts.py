"""The parts of the repository, as the workspace's lock knows them.

A part is one folder with one distribution. `uv.lock` names every Python part, its folder and the parts that
it is made of; nothing here is listed a second time.
"""

import os
import shutil
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
WORKSPACE = "tonotope-workspace"


@dataclass(frozen=True, slots=True)
class Part:
    """One Python part.

    Attributes
    ----------
    distribution
        Its name in the lock (``tonotope-audio-analyzer``).
    folder
        Where it lives, from the root (``services/audio_analyzer``).
    needs
        Folders of the parts that it is made of, directly or not; also those that only its tests need.
    extras
        What it can do besides when more is installed (``embedding``): the names of its optional dependencies.
    """

    distribution: str
    folder: str
    needs: frozenset[str]
    extras: tuple[str, ...] = ()

    @property
    def package(self) -> str:
        """Give its import path, which is its file path."""
        return self.folder.replace("/", ".")


def read_lock(root: Path = ROOT) -> dict[str, dict[str, Any]]:
    """Give the packages of the lock by name."""
    lock = tomllib.loads((root / "uv.lock").read_text())
    return {package["name"]: package for package in lock["package"]}


def python_parts(root: Path = ROOT) -> dict[str, Part]:
    """Give every Python part by its folder, in the order of folders."""
    packages = read_lock(root)
    folders = {
        name: package["source"]["editable"]
        for name, package in packages.items()
        if "editable" in package["source"]
    }

    def direct_needs(name: str) -> set[str]:
        groups = packages[name].get("dev-dependencies", {}).values()
        named = [*packages[name].get("dependencies", []), *(need for group in groups for need in group)]
        return {need["name"] for need in named} & folders.keys()

    def all_needs(name: str) -> set[str]:
        found: set[str] = set()
        waiting = direct_needs(name)
        while waiting:
            need = waiting.pop()
            found.add(need)
            waiting |= direct_needs(need) - found
        return found

    parts = [
        Part(
            name,
            folder,
            frozenset(folders[need] for need in all_needs(name)),
            tuple(sorted(packages[name].get("optional-dependencies", {}))),
        )
        for name, folder in folders.items()
    ]
    return {part.folder: part for part in sorted(parts, key=lambda part: part.folder)}


def run_uv(*arguments: str, root: Path = ROOT, folder: str = ".") -> str:
    """Run uv in a folder of the workspace and give what it prints.

    Raises
    ------
    FileNotFoundError
        When there is no uv: ``make setup`` installs it.
    subprocess.CalledProcessError
        When uv fails; its own words are on stderr.
    """
    uv = shutil.which("uv", path=os.pathsep.join([os.environ.get("PATH", ""), str(root / ".tools" / "bin")]))
    if uv is None:
        raise FileNotFoundError("uv is not on PATH: `make setup` installs it")
    finished = subprocess.run(
        [uv, *arguments],
        cwd=root / folder,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return finished.stdout
