"""An image holds its own part and shared/python, and every Dockerfile has the same form."""

import re
from pathlib import Path

import pytest

from tools.parts import ROOT, python_parts

SERVICES = [folder for folder in python_parts() if folder.startswith("services/")]
BASE = "python:3.11-slim-bookworm"
ALSO_COPIED = {
    "services/main_app": {
        "integrations",
        "package.json",
        "package-lock.json",
        ".npmrc",
        "shared/js",
        "services/web_app",
    }
}
"""main_app is the one service that reads sources and serves the web app."""


def instructions(folder: str) -> list[tuple[str, str]]:
    """Give the instructions of a Dockerfile, continued lines joined, as pairs of keyword and the rest."""
    text = (ROOT / folder / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line.strip() and line[0] != "#"]
    return [(keyword, " ".join(rest.split())) for keyword, rest in lines]


def said(folder: str, keyword: str) -> list[str]:
    return [rest for each, rest in instructions(folder) if each == keyword]


@pytest.mark.parametrize("folder", SERVICES)
def test_image_copies_only_its_own_part_and_the_shared_library(folder: str) -> None:
    sources = {
        source
        for rest in said(folder, "COPY")
        if not rest.startswith("--from=")
        for source in rest.split()[:-1]
    }
    own = {source for source in sources if Path(source).is_relative_to(folder)}
    assert folder in own
    assert sources - own == {"shared/python"} | ALSO_COPIED.get(folder, set())
    assert said(folder, "ADD") == []


@pytest.mark.parametrize("folder", SERVICES)
def test_what_is_copied_is_there(folder: str) -> None:
    for rest in said(folder, "COPY"):
        if not rest.startswith("--from="):
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists(), f"{folder}/Dockerfile copies {source}, which is not there"


@pytest.mark.parametrize("folder", SERVICES)
def test_pip_runs_in_the_folder_of_the_service(folder: str) -> None:
    folder_now, installed_in = "/", []
    for keyword, rest in instructions(folder):
        if keyword == "WORKDIR":
            folder_now = rest
        elif keyword == "RUN" and "requirements.txt" in rest:
            installed_in.append(folder_now)
    assert installed_in == [f"/build/{folder}"]


@pytest.mark.parametrize("folder", SERVICES)
def test_image_is_slim_runs_as_nobody_special_and_starts_its_service(folder: str) -> None:
    stages = said(folder, "FROM")
    assert stages[-2:] == [f"{BASE} AS build", BASE]
    assert re.fullmatch(r"[1-9]\d{4}", said(folder, "USER")[-1])
    assert said(folder, "ENTRYPOINT") == [f'["python", "-m", "{folder.replace("/", ".")}"]']


@pytest.mark.parametrize("folder", SERVICES)
def test_compiled_kernels_have_a_writable_folder(folder: str) -> None:
    if "numba==" not in (ROOT / folder / "requirements.txt").read_text():
        assert "NUMBA_CACHE_DIR" not in " ".join(said(folder, "ENV"))
        return
    cache = next(re.search(r"NUMBA_CACHE_DIR=(\S+)", rest) for rest in said(folder, "ENV") if "NUMBA" in rest)
    assert cache is not None
    assert any("--owner=tonotope" in rest and cache[1] in rest for rest in said(folder, "RUN"))
