"""Runs the tests of services where nothing else of the repository can be imported.

    python -m tools.isolated_tests [FOLDER…] [-- PYTEST ARGUMENTS]

Each service gets a fresh environment with its requirements.txt, its own wheel and what its pyproject.toml
names in the dependency group ``test``: what its image holds, and the tools of its tests. An import of another
part is a ModuleNotFoundError there, and so is a module that the wheel forgot.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.parts import ROOT, Part, python_parts, run_uv


def install(part: Part, environment: Path, *, root: Path = ROOT) -> Path:
    """Make an environment that holds one part and its tests, and give the folder of the tests in it."""
    needs = environment.with_suffix(".txt")
    needs.write_text(
        run_uv("export", "--quiet", "--frozen", "--package", part.distribution, "--only-group", "test",
               "--no-hashes", "--no-annotate", "--no-header", root=root)
    )  # fmt: skip
    run_uv("venv", "--quiet", "--python", "3.11", str(environment), root=root)
    # A folder's wheel is in uv's cache under its pyproject.toml alone: without --refresh-package, changed
    # modules would be tested as they were. --no-sources: as pip sees it, which knows no workspace.
    ours = [f"--refresh-package={each.distribution}" for each in python_parts(root).values()]
    run_uv("pip", "install", "--quiet", "--no-sources", *ours, "--python", str(environment),
           "--requirements", "requirements.txt", "--requirements", str(needs), ".",
           root=root, folder=part.folder)  # fmt: skip
    installed = next(environment.glob("lib/python*/site-packages")) / part.folder
    shutil.copytree(
        root / part.folder / "tests",
        installed / "tests",
        ignore=shutil.ignore_patterns("__pycache__"),
        dirs_exist_ok=True,
    )
    return installed / "tests"


def run_tests(part: Part, pytest_arguments: list[str], *, root: Path = ROOT) -> int:
    """Run the tests of one part apart from all others, and give pytest's exit code."""
    with tempfile.TemporaryDirectory(prefix=f"{part.distribution}-") as directory:
        environment = Path(directory) / "environment"
        tests = install(part, environment, root=root)
        command = [
            str(environment / "bin" / "pytest"), f"--config-file={root / 'pyproject.toml'}",
            f"--rootdir={tests.parent}", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestConfigWarning",
            *pytest_arguments, str(tests),
        ]  # fmt: skip
        return subprocess.run(command, cwd=directory, check=False).returncode


def main(arguments: list[str] | None = None) -> int:
    words = sys.argv[1:] if arguments is None else arguments
    border = words.index("--") if "--" in words else len(words)
    folders, pytest_arguments = words[:border], words[border + 1 :]
    parts = python_parts()
    chosen = folders or [folder for folder in parts if folder.startswith("services/")]
    failed = []
    for folder in chosen:
        print(f"{folder}, in an environment of its own:", flush=True)
        if run_tests(parts[folder.rstrip("/")], pytest_arguments) != 0:
            failed.append(folder)
    if failed:
        print("Failed apart from the rest:", *failed, file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
