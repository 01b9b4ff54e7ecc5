# ruff: noqa: S101  a suite of tests asserts
"""What has to happen when a source changes: before, between and while it is read."""

from abc import ABC, abstractmethod
from typing import ClassVar

import pytest

from integrations.core.conformance.reading import ReadingConformance
from integrations.core.conformance.traversal import (
    Connect,
    content,
    everything,
    files,
    known_of,
    round_of,
    upserts,
)
from integrations.core.entries import Entry, EntryKind
from integrations.core.errors import VersionMismatchError
from integrations.core.following import Known, follow
from integrations.core.interface import Integration
from integrations.core.streams import CHUNK_BYTES
from shared.python.errors import NotFoundError, UnavailableError

Path = tuple[str, ...]

TREE: dict[Path, bytes] = {
    ("one.wav",): b"0123456789",
    ("two.mp3",): b"",
    ("drums", "kick.wav"): b"boom",
    ("drums", "old", "snare.flac"): b"crack" * 1000,
    ("voices", "ah.ogg"): b"aaah",
}


class World(ABC):
    """A source that the suite may fill and change, behind the back of whoever reads it."""

    @abstractmethod
    def connect(self) -> Integration:
        """Make a new connection to it."""

    @abstractmethod
    def write(self, path: Path, content: bytes) -> None:
        """Put a file there, new or changed, and make the folders that it needs."""

    @abstractmethod
    def rename(self, path: Path, new: Path) -> None:
        """Rename or move a file or a folder; the folder that it goes to exists."""

    @abstractmethod
    def delete(self, path: Path) -> None:
        """Remove a file, or a folder with all that is in it."""

    @abstractmethod
    def state(self) -> object:
        """Give all that a reader could have changed, to be compared."""


class ChangingConformance(ReadingConformance):
    """Inherit it, and give the fixture `world`: an empty one.

    Attributes
    ----------
    hostile_names
        Names of sounds that the provider allows and that break careless code.
    """

    hostile_names: ClassVar[tuple[str, ...]] = (
        " leading and trailing .wav",
        "new\nline.wav",
        "tab\tand \x07bell.wav",
        "percent %2F %00.wav",
        "'; DROP TABLE sounds; --.wav",
        '"quotes" <b>&amp;.wav',
        "back\\slash.wav",
        "*?[a-z]$(reboot)`id`.wav",
        "-rf.wav",
        "Caf\u00e9.wav",
        "Cafe\u0301.wav",
        "\u202egnp.wav",
        "\ufeffmark.wav",
        "鼓 🥁 дръм.wav",
        "LOUD.WAV",
        "loud.wav",
        "x" * 240 + ".wav",
    )

    @pytest.fixture
    def world(self) -> World:
        raise NotImplementedError("a conformance test gives the fixture `world`")

    @pytest.fixture
    def connect(self, world: World) -> Connect:
        for path, written in TREE.items():
            world.write(path, written)
        return world.connect

    def test_everything_written_is_listed_with_its_bytes(self, connect: Connect) -> None:
        source = connect()
        found = {tuple(entry.path.split("/")): content(source, ref=entry.ref) for entry in files(source)}
        assert found == TREE

    def test_an_empty_source_is_empty(self, world: World) -> None:
        source = world.connect()
        assert everything(source) == []
        assert upserts(source, cursor=None) == []

    def test_reading_changes_nothing(self, world: World, source: Integration) -> None:
        before = world.state()
        source.check()
        for entry in files(source):
            content(source, ref=entry.ref)
            source.in_place_url(entry.ref)
        upserts(source, cursor=None)
        assert world.state() == before

    def test_hostile_names_survive(self, world: World) -> None:
        for number, name in enumerate(self.hostile_names):
            world.write(("folder", name), b"%d" % number)
        source = world.connect()
        found = files(source)
        assert {entry.name for entry in found} == set(self.hostile_names)
        assert {entry.name for entry in upserts(source, cursor=None, limit=2)} == {
            *self.hostile_names,
            "folder",
        }
        for entry in found:
            assert content(source, ref=entry.ref) == b"%d" % self.hostile_names.index(entry.name)
            assert source.stat(entry.ref) == entry

    def test_same_names_in_one_folder_are_two_files(self, world: World, source: Integration) -> None:
        if not source.manifest.capabilities.duplicate_names:
            return
        world.write(("drums", "twin.wav"), b"first")
        world.write(("drums", "second.wav"), b"second")
        world.rename(("drums", "second.wav"), ("drums", "twin.wav"))
        twins = [entry for entry in files(source) if entry.name == "twin.wav"]
        assert sorted(content(source, ref=entry.ref) for entry in twins) == [b"first", b"second"]

    def test_a_new_file_is_told(self, world: World, source: Integration) -> None:
        cursor, known = _settled(source)
        world.write(("drums", "new.wav"), b"new")
        told, gone = _told(source, cursor=cursor, known=known)
        assert [entry.path for entry in told] == ["drums/new.wav"] and gone == set()

    def test_a_changed_file_is_told_with_a_new_version(self, world: World, source: Integration) -> None:
        cursor, known = _settled(source)
        world.write(("drums", "kick.wav"), b"boom boom")
        (entry,), gone = _told(source, cursor=cursor, known=known)
        assert entry.path == "drums/kick.wav" and entry.size_bytes == 9 and gone == set()
        assert known[entry.ref].version != entry.version

    def test_a_deleted_file_is_told(self, world: World, source: Integration) -> None:
        cursor, known = _settled(source)
        world.delete(("drums", "kick.wav"))
        told, gone = _told(source, cursor=cursor, known=known)
        assert told == [] and {known[ref].path for ref in gone if ref in known} == {"drums/kick.wav"}

    def test_a_deleted_folder_takes_all_along(self, world: World, source: Integration) -> None:
        folders = {entry.ref: entry for entry in everything(source)}
        cursor, known = _settled(source)
        world.delete(("drums",))
        told, gone = _told(source, cursor=cursor, known=known)
        left = {
            entry.ref for entry in folders.values() if entry.kind is EntryKind.FILE and entry.ref not in gone
        }
        left -= {ref for ref in left if _lies_beneath(folders[ref], refs=gone, entries=folders)}
        assert told == [] and {known[ref].path for ref in left} == {"one.wav", "two.mp3", "voices/ah.ogg"}

    @pytest.mark.parametrize(
        ("path", "new"),
        [
            (("one.wav",), ("uno.wav",)),
            (("one.wav",), ("drums", "one.wav")),
            (("drums", "old"), ("voices", "old")),
        ],
        ids=["rename", "move", "move a folder"],
    )
    def test_what_is_renamed_is_told(self, world: World, source: Integration, path: Path, new: Path) -> None:
        before = next(entry for entry in everything(source) if entry.path == "/".join(path))
        cursor, known = _settled(source)
        world.rename(path, new)
        told, gone = _told(source, cursor=cursor, known=known)
        after = next(entry for entry in everything(source) if entry.path == "/".join(new))
        if source.manifest.capabilities.stable_refs:
            assert after.ref == before.ref and gone == set()
        else:
            assert after.ref != before.ref and len(gone) == 1
        # Of a moved folder, a feed may tell the folder alone.
        assert told or after.kind is EntryKind.FOLDER
        assert all(entry.path.startswith("/".join(new)) for entry in told)

    @pytest.mark.parametrize("limit", [1, 2])
    def test_what_changes_during_the_first_round_is_told(
        self, world: World, connect: Connect, limit: int
    ) -> None:
        source = connect()
        known: dict[str, Known] = {}
        cursor: str | None = None
        changed = False
        for page in round_of(source, cursor=None, limit=limit):
            known |= known_of(list(page.upserts))
            cursor = page.cursor
            if known and not changed:
                # One sorts before anything, one behind; one is in a folder that may have been read already.
                for path in (("0 first.wav",), ("zz last.wav",), ("drums", "00 first.wav")):
                    world.write(path, b"late")
                world.delete(tuple(next(iter(known.values())).path.split("/")))
                changed = True
        told, gone = _told(source, cursor=cursor, known=known)
        paths = {stored.path for ref, stored in known.items() if ref not in gone} | {
            entry.path for entry in told
        }
        assert paths == {entry.path for entry in files(source)}

    def test_what_is_gone_is_not_found(self, world: World, source: Integration) -> None:
        entry = files(source)[0]
        world.delete(tuple(entry.path.split("/")))
        for method in (source.stat, source.open):
            with pytest.raises(NotFoundError):
                method(entry.ref)

    def test_a_folder_that_is_gone_is_not_empty(self, world: World, source: Integration) -> None:
        folder = next(entry for entry in everything(source) if entry.path == "drums")
        world.delete(("drums",))
        with pytest.raises(NotFoundError):
            source.list(folder.ref)

    def test_a_file_that_changed_since_is_refused(self, world: World, source: Integration) -> None:
        entry = next(entry for entry in files(source) if entry.path == "one.wav")
        world.write(("one.wav",), b"abcdefghijk")
        with pytest.raises(VersionMismatchError):
            source.open(entry.ref, if_version=entry.version)
        assert content(source, ref=entry.ref) == b"abcdefghijk"

    @pytest.mark.parametrize("after", [b"", b"b" * (8 * CHUNK_BYTES), b"b" * (9 * CHUNK_BYTES)])
    def test_a_file_that_changes_while_read_is_never_a_mixture(
        self, world: World, source: Integration, after: bytes
    ) -> None:
        before = b"a" * (8 * CHUNK_BYTES)
        world.write(("long.wav",), before)
        ref = next(entry.ref for entry in files(source) if entry.path == "long.wav")
        with source.open(ref) as stream:
            chunks = iter(stream)
            read = next(chunks)
            world.write(("long.wav",), after)
            try:
                read += b"".join(chunks)
            except (VersionMismatchError, UnavailableError):
                return
        assert read == before


def _settled(source: Integration) -> tuple[str | None, dict[str, Known]]:
    """Go through the first round, and give what a caller has stored after it."""
    entries: list[Entry] = []
    cursor: str | None = None
    for page in round_of(source, cursor=None):
        entries += page.upserts
        cursor = page.cursor
    return cursor, known_of(entries)


def _told(
    source: Integration, *, cursor: str | None, known: dict[str, Known]
) -> tuple[list[Entry], set[str]]:
    """Go through the next round, and give the files and deletes that it tells."""
    told: list[Entry] = []
    gone: set[str] = set()
    for page in follow(source, cursor=cursor, known=known, limit=2):
        told += page.files
        gone |= set(page.deletes)
    return told, gone


def _lies_beneath(entry: Entry, *, refs: set[str], entries: dict[str, Entry]) -> bool:
    return any(
        parent in refs or (parent in entries and _lies_beneath(entries[parent], refs=refs, entries=entries))
        for parent in entry.parent_refs
    )
