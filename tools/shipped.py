"""What ships in our images and in the browser, and under which licences.

Python: what the requirements.txt of the parts and of their extras name for this platform, and what is inside
those wheels: native libraries, Rust crates (by the wheel's bill of materials), licence texts. Browser: the
production packages of package-lock.json.
"""

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from tools.parts import ROOT, python_parts

UNKNOWN = "unknown"

_LIBRARY = re.compile(
    r"(?P<name>lib[\w+.-]+?)(?:-[0-9a-f]{8})*(?:_x86_64|_arm64)?(?:\.\d+)*\.(?:so|dylib|dll)(?:\.\d+)*"
)
_LICENCE_TEXT = re.compile(r"(licen[cs]e|copying|notice)", re.IGNORECASE)
_COPYLEFT_TEXT = re.compile(
    r"GNU\s+(?:Affero\s+|Lesser\s+|Library\s+)?General\s+Public\s+License|\b[AL]?GPL\b"
    r"|Mozilla\s+Public\s+License|Eclipse\s+Public\s+License|European\s+Union\s+Public\s+Licen[cs]e",
    re.IGNORECASE,
)
_CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """One package that ships.

    Attributes
    ----------
    parts
        Folders of the parts that it is installed for.
    licence
        SPDX expression, `UNKNOWN` where its own metadata give none.
    libraries
        Native libraries inside the wheel, by plain name (``libavcodec``).
    crates
        Rust crates compiled into it, with their licences.
    mentions_copyleft
        Whether a licence text inside the wheel speaks of a copyleft licence.
    """

    name: str
    version: str
    parts: tuple[str, ...]
    licence: str
    libraries: tuple[str, ...] = ()
    crates: tuple[tuple[str, str], ...] = ()
    mentions_copyleft: bool = False


def python_packages(root: Path = ROOT) -> list[Shipped]:
    """Give what the Python parts install on this platform.

    Raises
    ------
    importlib.metadata.PackageNotFoundError
        When something of it is not installed here: ``make setup`` installs it.
    """
    parts: defaultdict[str, set[str]] = defaultdict(set)
    for folder in python_parts(root):
        files = sorted((root / folder).glob("requirements*.txt"))
        for line in (line for file in files for line in file.read_text().splitlines()):
            if "==" not in line:
                continue
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate():
                parts[requirement.name].add(folder)
    return [_python_package(name, tuple(sorted(parts[name]))) for name in sorted(parts)]


def _python_package(name: str, parts: tuple[str, ...]) -> Shipped:
    distribution = metadata.distribution(name)
    files = distribution.files or []
    libraries = {match["name"] for file in files if (match := _LIBRARY.fullmatch(file.name))}
    texts = [
        Path(str(file.locate())).read_text(errors="replace")
        for file in files
        if _LICENCE_TEXT.search(file.name) and file.suffix not in {".py", ".pyc"}
    ]
    crates: set[tuple[str, str]] = set()
    for file in files:
        if file.name.endswith(".cyclonedx.json"):
            crates |= set(_crates(json.loads(Path(str(file.locate())).read_text())))
    return Shipped(
        name=name,
        version=distribution.version,
        parts=parts,
        licence=_stated_licence(distribution.metadata),
        libraries=tuple(sorted(libraries)),
        crates=tuple(sorted(crates)),
        mentions_copyleft=any(_COPYLEFT_TEXT.search(text) for text in texts),
    )


def _stated_licence(stated: metadata.PackageMetadata) -> str:
    """Give the licence as the metadata say it: by SPDX expression, else by classifier."""
    if "License-Expression" in stated:
        return stated["License-Expression"]
    classified = {
        _CLASSIFIERS.get(classifier.split(" :: ")[-1], UNKNOWN)
        for classifier in stated.get_all("Classifier") or []
        if classifier.startswith("License :: ") and classifier != "License :: OSI Approved"
    }
    return classified.pop() if len(classified) == 1 else UNKNOWN


def _crates(bill: dict[str, Any]) -> list[tuple[str, str]]:
    crates = []
    for component in bill.get("components", []):
        stated = [
            entry.get("expression") or entry["license"]["id"] for entry in component.get("licenses", [])
        ]
        if component.get("purl", "").startswith("pkg:cargo/"):
            crates.append((component["name"], " AND ".join(stated) or UNKNOWN))
    return crates


def browser_packages(root: Path = ROOT) -> list[Shipped]:
    """Give the production packages of package-lock.json."""
    locked = json.loads((root / "package-lock.json").read_text())["packages"]
    return sorted(
        (
            Shipped(
                name=path.rpartition("node_modules/")[2],
                version=entry["version"],
                parts=("services/web_app",),
                licence=entry.get("license", UNKNOWN),
            )
            for path, entry in locked.items()
            if "node_modules/" in path and not entry.get("dev") and not entry.get("link")
        ),
        key=lambda package: (package.name, package.version),
    )
