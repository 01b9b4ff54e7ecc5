import os
from pathlib import Path

import pytest

from integrations.local_folder.root import Root, translate
from shared.python.errors import DeniedError, NotFoundError, UnavailableError


def test_open_folder_does_not_follow_links(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "root" / "real").mkdir(parents=True)
    (tmp_path / "root" / "out").symlink_to(tmp_path / "outside")
    (tmp_path / "root" / "in").symlink_to("real")
    with Root(tmp_path / "root") as root:
        with root.open_folder(("real",)) as fd:
            assert os.listdir(fd) == []
        for name in ("out", "in", "missing"):
            with pytest.raises(NotFoundError), root.open_folder((name,)):
                pass


def test_open_file_gives_regular_files_alone(tmp_path: Path) -> None:
    (tmp_path / "real.wav").write_bytes(b"real")
    (tmp_path / "link.wav").symlink_to("real.wav")
    (tmp_path / "folder.wav").mkdir()
    os.mkfifo(tmp_path / "pipe.wav")
    with Root(tmp_path) as root:
        fd = root.open_file(("real.wav",))
        assert os.read(fd, 9) == b"real"
        os.close(fd)
        for name in ("link.wav", "folder.wav", "pipe.wav", "missing.wav"):
            with pytest.raises(NotFoundError):
                root.open_file((name,))


def test_the_root_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    with Root(tmp_path / "link") as root:
        root.verify()


def test_a_root_that_is_no_folder_is_not_found_and_says_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file.wav").touch()
    with pytest.raises(NotFoundError, match=r"/missing is not there: connect its disk, or choose another"):
        Root(tmp_path / "missing")
    with pytest.raises(NotFoundError, match=r"/file.wav is not a folder: choose the folder"):
        Root(tmp_path / "file.wav")


def test_a_root_without_permission_is_denied(shared_path: Path, as_nobody) -> None:
    shared_path.chmod(0o700)
    with pytest.raises(DeniedError, match=f"no permission to read the folder {shared_path}"):
        as_nobody(lambda: Root(shared_path).verify())


def test_verify_tells_a_root_that_is_gone_or_another(tmp_path: Path) -> None:
    folder = tmp_path / "root"
    folder.mkdir()
    with Root(folder) as root:
        folder.rename(tmp_path / "elsewhere")
        with pytest.raises(NotFoundError):
            root.verify()
        folder.mkdir()
        with pytest.raises(UnavailableError, match="was replaced"):
            root.verify()


def test_nothing_stays_open(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    before = os.listdir("/dev/fd")
    with Root(tmp_path) as root:
        root.lstat(("a", "b"))
        for parts in (("a", "x", "y"), ("x",)):
            with pytest.raises(NotFoundError), root.open_folder(parts):
                pass
    assert len(os.listdir("/dev/fd")) == len(before)


def test_other_errors_of_the_system_may_pass() -> None:
    error = translate(OSError(5, "Input/output error"), path="a.wav")
    assert (
        isinstance(error, UnavailableError) and "a.wav could not be read: Input/output error" in error.message
    )
