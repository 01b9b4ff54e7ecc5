import os
import resource
import shutil
import socket
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from integrations.core.entries import Entry, EntryKind, Problem
from integrations.local_folder.root import Root
from integrations.local_folder.walk import walk
from shared.python.errors import NotFoundError
from shared.python.models import FailureCode


def fill(folder: Path, paths: Iterable[str]) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()


def walked(folder: Path) -> list[Entry | Problem]:
    with Root(folder) as root:
        return [found for _, found in walk(root)]


def files(folder: Path) -> list[str]:
    return [
        found.path for found in walked(folder) if isinstance(found, Entry) and found.kind is EntryKind.FILE
    ]


# Names that sort otherwise with a separator behind them than without.
TREE = (
    "b.wav",
    "a/1.wav",
    "a/2.wav",
    "a/c/3.wav",
    "a b/4.wav",
    "a-/5.wav",
    "a.wav",
    "a0/6.wav",
    "z/y/x/w/7.wav",
    "B.wav",
)


def test_order_is_a_folder_its_files_then_its_subfolders(tmp_path: Path) -> None:
    fill(tmp_path, TREE)
    assert [found.path for found in walked(tmp_path)] == [
        *("B.wav", "a.wav", "b.wav"),
        *("a", "a/1.wav", "a/2.wav", "a/c", "a/c/3.wav"),
        *("a b", "a b/4.wav", "a-", "a-/5.wav", "a0", "a0/6.wav"),
        *("z", "z/y", "z/y/x", "z/y/x/w", "z/y/x/w/7.wav"),
    ]


def test_walk_goes_on_behind_every_position(tmp_path: Path) -> None:
    fill(tmp_path, TREE)
    with Root(tmp_path) as root:
        steps = list(walk(root))
        for index, (position, _) in enumerate(steps):
            assert list(walk(root, after=position)) == steps[index + 1 :]


def test_walk_goes_on_behind_what_is_gone(tmp_path: Path) -> None:
    fill(tmp_path, TREE)
    with Root(tmp_path) as root:
        steps = list(walk(root))
        at = next(index for index, (_, found) in enumerate(steps) if found.path == "a/c/3.wav")
        (tmp_path / "a/c/3.wav").unlink()
        (tmp_path / "a/c").rmdir()
        assert list(walk(root, after=steps[at][0])) == steps[at + 1 :]


def test_entries_tell_size_time_and_type(tmp_path: Path) -> None:
    file = tmp_path / "kick.aif"
    file.write_bytes(b"12345")
    os.utime(file, ns=(0, 1_700_000_000_123_456_789))
    (entry,) = walked(tmp_path)
    assert isinstance(entry, Entry)
    assert (entry.size_bytes, entry.mime, entry.version) == (5, "audio/aiff", "5-1700000000123456789")
    assert entry.mtime is not None
    assert abs(entry.mtime - datetime(2023, 11, 14, 22, 13, 20, 123_457, UTC)).total_seconds() < 1e-5
    assert entry.parent_refs == (".",) and entry.downloadable


def test_hidden_and_system_things_are_left_out(tmp_path: Path) -> None:
    system = ("__MACOSX", "$RECYCLE.BIN", "System Volume Information", "lost+found", "@eaDir", ".git")
    fill(tmp_path, [f"{folder}/a.wav" for folder in system])
    fill(tmp_path, ["kick.wav", ".hidden.wav", "._kick.wav", "drums/.DS_Store", "drums/x.wav"])
    assert files(tmp_path) == ["kick.wav", "drums/x.wav"]


def test_only_names_of_sounds_are_listed(tmp_path: Path) -> None:
    fill(
        tmp_path,
        ["a.wav", "text.mp3", "photo.jpg", "notes.txt", "noextension", "wav", "LOUD.FLAC", "a.wav.bak"],
    )
    assert files(tmp_path) == ["LOUD.FLAC", "a.wav", "text.mp3"]


def test_devices_pipes_and_sockets_are_left_out(tmp_path: Path) -> None:
    fill(tmp_path, ["a.wav"])
    os.mkfifo(tmp_path / "pipe.wav")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket.wav"))
        assert files(tmp_path) == ["a.wav"]


def test_links_are_shortcuts_and_never_followed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    fill(tmp_path, ["outside/secret.wav", "root/drums/kick.wav"])
    (root / "drums" / "loop").symlink_to("..")
    (root / "drums" / "self.wav").symlink_to("self.wav")
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "secret.wav").symlink_to(tmp_path / "outside/secret.wav")
    (root / "kick.wav").symlink_to("drums/kick.wav")
    found = {entry.path: entry for entry in walked(root) if isinstance(entry, Entry)}
    assert files(root) == ["drums/kick.wav"]
    links = {path for path, entry in found.items() if entry.kind is EntryKind.SHORTCUT}
    assert links >= {"drums/self.wav", "secret.wav", "kick.wav"}
    assert not any(found[path].downloadable for path in links)
    assert not any(path.startswith(("out/", "drums/loop/")) for path in found)


def test_hard_links_are_two_files(tmp_path: Path) -> None:
    fill(tmp_path, ["a.wav"])
    os.link(tmp_path / "a.wav", tmp_path / "b.wav")
    assert files(tmp_path) == ["a.wav", "b.wav"]


def test_names_that_are_no_unicode_are_listed(tmp_path: Path) -> None:
    for name in (b"caf\xe9.wav", b"\xff\xfe.wav", b"\xed\xa0\x80.wav"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).touch()
    found = walked(tmp_path)
    assert {entry.ref for entry in found} == {"caf%E9.wav", "%FF%FE.wav", "%ED%A0%80.wav"}
    assert {entry.path for entry in found} == {r"caf\xe9.wav", r"\xff\xfe.wav", r"\xed\xa0\x80.wav"}


def test_a_folder_without_permission_is_a_problem(shared_path: Path, as_nobody: Callable) -> None:
    fill(shared_path, ["a.wav", "closed/b.wav", "closed/deep/c.wav", "open/d.wav"])
    (shared_path / "closed").chmod(0o700)
    found = as_nobody(lambda: walked(shared_path))
    (problem,) = [step for step in found if isinstance(step, Problem)]
    assert (problem.path, problem.code) == ("closed", FailureCode.DENIED)
    assert problem.message == "no permission to read closed: allow it, then scan again"
    assert [step.path for step in found if isinstance(step, Entry)] == [
        "a.wav",
        "closed",
        "open",
        "open/d.wav",
    ]


def test_files_that_may_be_named_and_not_looked_at_are_problems(
    shared_path: Path, as_nobody: Callable
) -> None:
    fill(shared_path, ["closed/b.wav", "closed/c.wav"])
    (shared_path / "closed").chmod(0o744)
    found = as_nobody(lambda: walked(shared_path))
    problems = [(step.path, step.code) for step in found if isinstance(step, Problem)]
    assert problems == [("closed/b.wav", FailureCode.DENIED), ("closed/c.wav", FailureCode.DENIED)]


def test_a_folder_that_vanishes_before_it_is_read_is_a_problem(tmp_path: Path) -> None:
    fill(tmp_path, ["a.wav", "drums/b.wav", "voices/c.wav"])
    with Root(tmp_path) as root:
        steps = walk(root)
        assert [next(steps)[1].path for _ in range(2)] == ["a.wav", "drums"]
        (tmp_path / "drums/b.wav").unlink()
        (tmp_path / "drums").rmdir()
        problem, *others = [found for _, found in steps]
    assert isinstance(problem, Problem)
    assert (problem.path, problem.code) == ("drums", FailureCode.NOT_FOUND)
    assert [found.path for found in others] == ["voices", "voices/c.wav"]


def test_a_root_that_vanishes_ends_the_walk(tmp_path: Path) -> None:
    fill(tmp_path, ["root/a.wav", "root/drums/b.wav"])
    with Root(tmp_path / "root") as root:
        steps = walk(root)
        next(steps)
        (tmp_path / "root").rename(tmp_path / "elsewhere")
        with pytest.raises(NotFoundError, match="root is not there"):
            list(steps)


def test_a_root_that_vanishes_is_told_at_once_and_not_folder_by_folder(tmp_path: Path) -> None:
    fill(tmp_path, ["root/a.wav", "root/drums/b.wav", "root/voices/c.wav"])
    told = []
    with Root(tmp_path / "root") as root:
        steps = walk(root)
        assert [next(steps)[1].path for _ in range(2)] == ["a.wav", "drums"]
        shutil.rmtree(tmp_path / "root")
        with pytest.raises(NotFoundError, match="root is not there"):
            for _, found in steps:
                told.append(found)
    assert not any(isinstance(found, Problem) for found in told)


def test_a_folder_swapped_for_a_link_leads_nowhere(tmp_path: Path) -> None:
    fill(tmp_path, ["outside/secret.wav", "root/a.wav", "root/drums/b.wav"])
    with Root(tmp_path / "root") as root:
        steps = walk(root)
        next(steps), next(steps)
        (tmp_path / "root/drums").rename(tmp_path / "root/zz")
        (tmp_path / "root/drums").symlink_to(tmp_path / "outside")
        assert not [found.path for _, found in steps if "secret" in found.path]


def test_ten_thousand_files_in_one_folder(tmp_path: Path) -> None:
    names = [f"{number:05}.wav" for number in range(10_000)]
    for name in names:
        os.close(os.open(tmp_path / name, os.O_CREAT | os.O_WRONLY))
    assert files(tmp_path) == names


def test_depth_costs_no_descriptors(tmp_path: Path) -> None:
    depth = 400
    (tmp_path / "/".join(["d"] * depth)).mkdir(parents=True)
    (tmp_path / "/".join(["d"] * depth) / "deep.wav").touch()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 120), hard))
    try:
        assert files(tmp_path) == ["d/" * depth + "deep.wav"]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_path_that_no_program_can_open_is_a_problem(tmp_path: Path) -> None:
    name, fd = "n" * 200, os.open(tmp_path, os.O_RDONLY)
    fill(tmp_path, ["a.wav"])
    for _ in range(22):
        os.mkdir(name, dir_fd=fd)
        inner = os.open(name, os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = inner
    os.close(fd)
    *_, problem = walked(tmp_path)
    assert isinstance(problem, Problem) and problem.code is FailureCode.LIMIT
    assert "shorten the names" in problem.message
    assert files(tmp_path) == ["a.wav"]
