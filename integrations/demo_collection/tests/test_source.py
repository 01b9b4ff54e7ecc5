from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import soundfile

from integrations.core.entries import EntryKind
from integrations.core.following import follow
from integrations.demo_collection.recipe import Recipe
from integrations.demo_collection.source import DemoCollection, DemoCollectionConfig
from integrations.local_folder.source import LocalFolder, LocalFolderConfig
from shared.python.errors import ConfigError, NotFoundError
from shared.python.storage import file_path

made: list[str] = []


def tone(path: str) -> Recipe:
    def make(rng: np.random.Generator) -> np.ndarray:
        made.append(path)
        return np.sin(np.arange(4410) * rng.uniform(0.01, 0.1))

    return Recipe(path, make)


class Tones(DemoCollection):
    recipes: ClassVar[dict[str, Recipe]] = {
        path: tone(path)
        for path in (
            f"{folder}/{n:02} – tone.{kind}"
            for folder, kind in (("A", "wav"), ("B/C", "flac"))
            for n in range(20)
        )
    }


@pytest.fixture(autouse=True)
def forget() -> None:
    made.clear()


def tones(folder: Path) -> Tones:
    return Tones(DemoCollectionConfig(folder=folder))


def rendered(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_sounds_are_rendered_page_by_page(tmp_path: Path) -> None:
    source = tones(tmp_path / "cache")
    source.check()
    assert made == []
    page = source.changes(None)
    assert page.has_more and len(made) == len(page.files) == len(rendered(tmp_path)) < 20


def test_one_sound_is_rendered_when_it_is_asked_for(tmp_path: Path) -> None:
    source = tones(tmp_path)
    (ref,) = [ref for ref in source._recipes if ref.startswith("B/C/07")]
    assert source.stat(ref).name == "07 – tone.flac"
    assert soundfile.info(file_path(source.in_place_url(ref))).format == "FLAC"
    assert len(made) == 1


def test_rendering_goes_on_where_it_stopped(tmp_path: Path) -> None:
    tones(tmp_path).changes(None, limit=5)
    before = {path: path.stat().st_mtime_ns for path in rendered(tmp_path)}
    made.clear()
    entries = [entry for page in follow(tones(tmp_path), cursor=None, known={}) for entry in page.files]
    assert len(entries) == 40 and len(made) == 40 - len(before)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_what_is_deleted_from_the_cache_comes_back_the_same(tmp_path: Path) -> None:
    source = tones(tmp_path)
    ref = source.changes(None).files[0].ref
    path = file_path(source.in_place_url(ref))
    before = path.read_bytes()
    path.unlink()
    with source.open(ref) as stream:
        assert stream.read() == before


def test_an_interrupted_file_is_never_seen(tmp_path: Path) -> None:
    def fails(rng: np.random.Generator) -> np.ndarray:
        raise KeyboardInterrupt

    class Interrupted(Tones):
        recipes: ClassVar[dict[str, Recipe]] = {"A/broken.wav": Recipe("A/broken.wav", fails)}

    with pytest.raises(KeyboardInterrupt):
        Interrupted(DemoCollectionConfig(folder=tmp_path)).changes(None)
    assert rendered(tmp_path) == []


def test_a_folder_of_rendered_sounds_is_a_local_folder_too(tmp_path: Path) -> None:
    source = tones(tmp_path)
    names = {entry.name for entry in source.list("A", limit=99).entries}
    (edition,) = tmp_path.iterdir()
    local = LocalFolder(LocalFolderConfig(folder=edition))
    assert {entry.name for entry in local.changes(None).files} == names


def test_foreign_files_in_the_cache_are_not_listed(tmp_path: Path) -> None:
    source = tones(tmp_path)
    source.changes(None)
    (edition,) = tmp_path.iterdir()
    (edition / "A" / "mine.wav").touch()
    assert len(source.list("A", limit=16).entries) == 16
    with pytest.raises(NotFoundError):
        source.stat("A/mine.wav")


def test_folders_come_once_and_before_their_sounds(tmp_path: Path) -> None:
    rounds = follow(tones(tmp_path), cursor=None, known={}, limit=1)
    entries = [entry for page in rounds for entry in page.upserts]
    folders = [entry.path for entry in entries if entry.kind is EntryKind.FOLDER]
    assert folders == ["A", "B", "B/C"] and entries[0].path == "A"


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for call in (tones(tmp_path / "file").check, lambda: tones(tmp_path / "file").changes(None)):
        with pytest.raises(ConfigError, match="cannot be written to"):
            call()
