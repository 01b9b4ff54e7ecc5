import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from integrations.local_folder.source import LocalFolder, LocalFolderConfig
from shared.python.errors import DeniedError, NotFoundError, UnsupportedError
from shared.python.storage import file_path


def source(folder: Path) -> LocalFolder:
    return LocalFolder(LocalFolderConfig(folder=folder))


def test_config_takes_absolute_paths_only(tmp_path: Path) -> None:
    assert LocalFolderConfig(folder=str(tmp_path)).folder == tmp_path
    with pytest.raises(ValidationError, match="is no absolute path"):
        LocalFolderConfig(folder="Samples")


def test_check_is_the_same_whatever_way_leads_there(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert source(tmp_path / "link").check().stable_id == source(tmp_path / "real").check().stable_id
    assert source(tmp_path / "link").check().label == str(tmp_path / "link")


def test_every_method_says_that_the_folder_is_missing(tmp_path: Path) -> None:
    missing = source(tmp_path / "missing")
    for call in (
        missing.check,
        missing.roots,
        lambda: missing.list("."),
        lambda: missing.stat("a.wav"),
        lambda: missing.open("a.wav"),
        lambda: missing.changes(None),
    ):
        with pytest.raises(NotFoundError, match="missing is not there: connect its disk"):
            call()


def test_every_method_says_that_the_folder_is_closed(shared_path: Path, as_nobody: Callable) -> None:
    shared_path.chmod(0o700)
    closed = source(shared_path)
    for call in (
        closed.check,
        closed.roots,
        lambda: closed.list("."),
        lambda: closed.open("a.wav"),
        lambda: closed.changes(None),
    ):
        with pytest.raises(DeniedError, match="allow this account to list it"):
            as_nobody(call)


def test_a_file_without_permission_is_listed_and_denied(shared_path: Path, as_nobody: Callable) -> None:
    (shared_path / "a.wav").write_bytes(b"a")
    (shared_path / "a.wav").chmod(0o600)
    reader = source(shared_path)
    assert [entry.path for entry in as_nobody(lambda: reader.changes(None)).files] == ["a.wav"]
    with pytest.raises(DeniedError, match=r"no permission to read a\.wav"):
        as_nobody(lambda: reader.open("a.wav"))


@pytest.mark.parametrize("ref", [".git/a.wav", ".hidden.wav", "__MACOSX/a.wav", "notes.txt", "pipe.wav"])
def test_what_is_not_listed_cannot_be_read(tmp_path: Path, ref: str) -> None:
    for folder in (".git", "__MACOSX"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.wav").touch()
    for name in (".hidden.wav", "notes.txt"):
        (tmp_path / name).touch()
    os.mkfifo(tmp_path / "pipe.wav")
    for method in (source(tmp_path).stat, source(tmp_path).open):
        with pytest.raises(NotFoundError):
            method(ref)


def test_links_cannot_be_read_through(tmp_path: Path) -> None:
    (tmp_path / "secret.wav").write_bytes(b"secret")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "secret.wav").write_bytes(b"secret")
    root = tmp_path / "root"
    root.mkdir()
    (root / "link.wav").symlink_to(tmp_path / "secret.wav")
    (root / "out").symlink_to(tmp_path / "folder")
    with pytest.raises(UnsupportedError, match=r"link\.wav is a shortcut: only files have bytes"):
        source(root).open("link.wav")
    for method in (source(root).stat, source(root).open):
        with pytest.raises(NotFoundError):
            method("out/secret.wav")
    with pytest.raises(NotFoundError):
        source(root).list("out")


def test_names_that_are_no_unicode_can_be_read(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.wav"))
    path.write_bytes(b"latin")
    reader = source(tmp_path)
    (entry,) = reader.changes(None).files
    assert reader.stat(entry.ref) == entry
    with reader.open(entry.ref) as stream:
        assert stream.read() == b"latin"
    assert file_path(reader.in_place_url(entry.ref)) == path


def test_in_place_url_never_leaves_the_folder(tmp_path: Path) -> None:
    for ref in ("../secret.wav", "%2E%2E/secret.wav", "/etc/passwd"):
        with pytest.raises(NotFoundError):
            source(tmp_path).in_place_url(ref)


def test_reading_leaves_nothing_open(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"a" * 1_000_000)
    reader = source(tmp_path)
    before = len(os.listdir("/dev/fd"))
    with reader.open("a.wav") as stream:
        next(iter(stream))
        assert len(os.listdir("/dev/fd")) == before + 1
    for arguments in ({"start": 2_000_000}, {"if_version": "other"}):
        with pytest.raises(Exception, match=r"a.wav|bytes"):
            reader.open("a.wav", **arguments)
    assert len(os.listdir("/dev/fd")) == before
