"""Writes the requirements.txt of every Python part from the lock.

    python -m tools.requirements [--check]

A file begins with the parts that this part is made of, by relative path, ``shared/python`` first; behind them
stands everything else, pinned as in `uv.lock`. The paths hold in the part's own folder: run pip there.

What an extra of a part needs besides stands in its requirements-EXTRA.txt, beside the other.
"""

import argparse
import sys
from pathlib import Path

from tools.parts import ROOT, Part, python_parts, run_uv

HEADING = "# Written by `python -m tools.requirements` from uv.lock; change pyproject.toml instead."
SHARED = "shared/python"


def requirements(part: Part, *, root: Path = ROOT) -> str:
    """Give what the requirements.txt of a part has to hold."""
    exported = _exported(part, root=root)
    up = "../" * (part.folder.count("/") + 1)
    parts = [line.removeprefix("./") for line in exported if line.startswith("./")]
    paths = [up + folder for folder in sorted(parts, key=lambda folder: (folder != SHARED, folder))]
    pins = sorted(line for line in exported if line and not line.startswith("./"))
    return "\n".join([*paths, HEADING, *pins]) + "\n"


def extra_requirements(part: Part, extra: str, *, root: Path = ROOT) -> str:
    """Give what the requirements-EXTRA.txt of a part has to hold: what requirements.txt does not name."""
    more = set(_exported(part, "--extra", extra, root=root)) - set(_exported(part, root=root))
    return "\n".join([HEADING, *sorted(more)]) + "\n"


def _exported(part: Part, *options: str, root: Path) -> list[str]:
    return run_uv(
        "export", "--quiet", "--frozen", "--package", part.distribution, "--no-default-groups",
        "--no-emit-project", "--no-editable", "--no-hashes", "--no-annotate", "--no-header", *options,
        root=root,
    ).splitlines()  # fmt: skip


def drifted(root: Path = ROOT) -> dict[Path, str]:
    """Give the files that are not as the lock wants them, and what they have to hold."""
    parts = python_parts(root).values()
    wanted = {root / part.folder / "requirements.txt": requirements(part, root=root) for part in parts}
    wanted |= {
        root / part.folder / f"requirements-{extra}.txt": extra_requirements(part, extra, root=root)
        for part in parts
        for extra in part.extras
    }
    return {
        file: content for file, content in wanted.items() if not file.is_file() or file.read_text() != content
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write the requirements.txt of every part from uv.lock.")
    parser.add_argument("--check", action="store_true", help="only say which files differ, and fail then")
    options = parser.parse_args(arguments)
    files = drifted()
    for file, content in files.items():
        print(f"{'differs' if options.check else 'written'}: {file.relative_to(ROOT)}")
        if not options.check:
            file.write_text(content)
    if options.check and files:
        print("Run `python -m tools.requirements` and commit what it writes.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
