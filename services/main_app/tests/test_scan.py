import os
from pathlib import Path

import pytest

from services.main_app.sources.models import Source
from services.main_app.sources.records import store
from services.main_app.sources.scan import BATCH_FILES, Arrival, scan
from services.main_app.tests.made_documents import hash_of
from shared.python.errors import TonotopeError
from shared.python.models import FailureCode

pytestmark = pytest.mark.django_db


def scan_and_store(source: Source) -> tuple[list[Arrival], list[str]]:
    arrivals: list[Arrival] = []
    gone: list[str] = []
    for batch in scan(source):
        assert len(batch.arrivals) <= BATCH_FILES
        store(source, batch)
        arrivals += batch.arrivals
        gone += batch.gone
    return arrivals, gone


def test_every_sound_arrives_once_with_the_hash_of_its_bytes(source: Source, folder: Path) -> None:
    for number in range(40):
        (folder / f"{number:02}.wav").write_bytes(b"sound %d" % number)
    (folder / "notes.txt").write_text("no sound")
    arrivals, gone = scan_and_store(source)
    assert sorted(arrival.path for arrival in arrivals) == [f"{number:02}.wav" for number in range(40)]
    assert {a.path: a.content_hash for a in arrivals}["07.wav"] == hash_of(b"sound 7")
    assert gone == []


def test_large_files_are_given_before_the_batch_is_full(
    source: Source, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.main_app.sources.scan.BATCH_BYTES", 100)
    for number in range(4):
        (folder / f"{number}.wav").write_bytes(bytes([number]) * 60)
    assert [len(batch.arrivals) for batch in scan(source)] == [2, 2, 0]


def test_nothing_is_read_again_while_nothing_changes(source: Source, folder: Path) -> None:
    (folder / "a.wav").write_bytes(b"a")
    scan_and_store(source)
    assert scan_and_store(source) == ([], [])


def test_a_change_a_rename_and_a_deletion_are_found(source: Source, folder: Path) -> None:
    for name in ("changes", "moves", "goes"):
        (folder / f"{name}.wav").write_bytes(name.encode())
    scan_and_store(source)
    (folder / "changes.wav").write_bytes(b"something else")
    (folder / "moves.wav").rename(folder / "moved.wav")
    (folder / "goes.wav").unlink()
    arrivals, gone = scan_and_store(source)
    assert {a.path: a.content_hash for a in arrivals} == {
        "changes.wav": hash_of(b"something else"),
        "moved.wav": hash_of(b"moves"),
    }
    assert len(gone) == 2
    there = source.files.filter(gone_at=None).values_list("path", flat=True)
    assert sorted(there) == ["changes.wav", "moved.wav"]


def test_a_file_that_comes_back_is_there_again(source: Source, folder: Path) -> None:
    (folder / "a.wav").write_bytes(b"a")
    scan_and_store(source)
    (folder / "a.wav").rename(folder.parent / "a.wav")
    scan_and_store(source)
    assert source.files.filter(gone_at=None).count() == 0
    (folder.parent / "a.wav").rename(folder / "a.wav")
    scan_and_store(source)
    assert source.files.get().gone_at is None


def test_an_empty_file_is_an_arrival_with_a_reason_and_tried_again(source: Source, folder: Path) -> None:
    (folder / "empty.wav").write_bytes(b"")
    for _ in range(2):
        [arrival], _ = scan_and_store(source)
        assert (arrival.code, arrival.content_hash) == (FailureCode.EMPTY, "")
    (folder / "empty.wav").unlink()
    _, gone = scan_and_store(source)
    assert len(gone) == 1


@pytest.mark.parametrize(
    "name", ["ünïcode ♯.wav", "tab\there.wav", "日本語.flac", os.fsdecode(b"\xff\xfe.wav")]
)
def test_any_name_arrives_and_can_be_stored(source: Source, folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"x")
    [arrival], _ = scan_and_store(source)
    assert arrival.content_hash == hash_of(b"x")
    assert source.files.get().path == arrival.path


def test_a_folder_that_is_away_is_an_error_and_nothing_is_taken_for_gone(
    source: Source, folder: Path
) -> None:
    (folder / "a.wav").write_bytes(b"a")
    scan_and_store(source)
    folder.rename(folder.parent / "elsewhere")
    with pytest.raises(TonotopeError, match="sounds"):
        scan_and_store(source)
    assert source.files.filter(gone_at=None).count() == 1
