# ruff: noqa: S101  a suite of tests asserts
"""What can be seen of a source that one may only read."""

import json

import pytest

from integrations.core.conformance.traversal import (
    Connect,
    children,
    content,
    everything,
    files,
    known_of,
    pages,
    round_of,
    upserts,
)
from integrations.core.entries import Entry, EntryKind
from integrations.core.errors import CursorResetError, RangeNotSatisfiableError, VersionMismatchError
from integrations.core.following import follow
from integrations.core.interface import Integration
from shared.python.errors import NotFoundError, UnsupportedError
from shared.python.storage import file_path

_LIMITS = (1, 2, 1000)
_NO_REFS = (
    "",
    "no such thing",
    "..",
    "../",
    "/",
    "/etc/passwd",
    "%2e%2e",
    "a/../../b",
    "a//b",
    "\0",
    "%00",
    "🙈",
)


class ReadingConformance:
    """Inherit it, and give the fixture `connect`: a function that makes a new connection to the same source.

    The source has at least three files in two folders, one of them of five bytes or more.
    """

    @pytest.fixture
    def connect(self) -> Connect:
        raise NotImplementedError("a conformance test gives the fixture `connect`")

    @pytest.fixture
    def source(self, connect: Connect) -> Integration:
        return connect()

    def test_manifest_describes_a_form(self, source: Integration) -> None:
        manifest = source.manifest
        assert manifest.id.isidentifier() and manifest.title and manifest.description
        assert json.loads(json.dumps(manifest.config_schema))["type"] == "object"

    def test_check_knows_the_same_account_each_time(self, connect: Connect) -> None:
        assert connect().check() == connect().check()
        assert connect().check().label

    def test_roots_are_folders_without_parents(self, source: Integration) -> None:
        roots = source.roots()
        assert roots
        for root in roots:
            assert root.kind is EntryKind.FOLDER and root.parent_refs == () and root.path == "" and root.name
            assert source.stat(root.ref) == root

    @pytest.mark.parametrize("limit", _LIMITS)
    def test_list_gives_every_child_once_whatever_the_page(self, connect: Connect, limit: int) -> None:
        expected = everything(connect())
        assert len([entry for entry in expected if entry.kind is EntryKind.FILE]) >= 3
        assert len({entry.ref for entry in expected}) == len(expected)
        assert everything(connect(), limit=limit) == expected

    @pytest.mark.parametrize("limit", _LIMITS)
    def test_pages_keep_to_the_limit(self, source: Integration, limit: int) -> None:
        for root in source.roots():
            assert all(len(page.entries) <= limit for page in pages(source, ref=root.ref, limit=limit))
        assert all(len(page.upserts) <= limit for page in round_of(source, cursor=None, limit=limit))

    def test_stat_agrees_with_list(self, source: Integration) -> None:
        for entry in everything(source):
            assert source.stat(entry.ref) == entry

    def test_parents_are_where_it_was_listed(self, source: Integration) -> None:
        folders = [entry.ref for entry in everything(source) if entry.kind is EntryKind.FOLDER]
        for ref in [*folders, *(root.ref for root in source.roots())]:
            assert all(ref in child.parent_refs for child in children(source, ref=ref))

    def test_entries_can_be_stored_and_shown(self, source: Integration) -> None:
        for entry in everything(source):
            assert entry.ref.isascii() and entry.ref.isprintable()
            entry.name.encode()
            entry.path.encode()
            assert entry.name and "\0" not in entry.path and entry.path.endswith(entry.name)
            assert entry.mtime is None or entry.mtime.tzinfo is not None

    def test_files_say_what_is_needed_to_read_them(self, source: Integration) -> None:
        for entry in files(source):
            assert entry.version and entry.downloadable
            assert entry.size_bytes is not None and entry.size_bytes >= 0
            assert set(source.manifest.capabilities.hash_kinds) <= set(entry.hashes)

    def test_open_gives_the_bytes_that_the_entry_promises(self, source: Integration) -> None:
        for entry in files(source)[:20]:
            with source.open(entry.ref, if_version=entry.version) as stream:
                read = stream.read()
            assert len(read) == entry.size_bytes == stream.size_bytes
            assert stream.version == entry.version

    def test_open_gives_exactly_the_range(self, source: Integration) -> None:
        if not source.manifest.capabilities.ranges:
            return
        entry = next(entry for entry in files(source) if (entry.size_bytes or 0) >= 5)
        whole = content(source, ref=entry.ref)
        n = len(whole)
        for start, end in (
            (0, 0),
            (0, 1),
            (1, 4),
            (3, 3),
            (n - 1, n),
            (n, n),
            (2, None),
            (n, None),
            (1, n + 99),
        ):
            with source.open(entry.ref, start=start, end=end) as stream:
                assert stream.read() == whole[start:end]
                assert (stream.start, stream.end) == (start, n if end is None else min(end, n))

    def test_open_refuses_a_range_behind_the_end(self, source: Integration) -> None:
        if not source.manifest.capabilities.ranges:
            return
        entry = files(source)[0]
        size_bytes = entry.size_bytes or 0
        for start, end in ((size_bytes + 1, None), (size_bytes + 1, size_bytes + 2), (-1, None), (1, 0)):
            with pytest.raises(RangeNotSatisfiableError) as caught:
                source.open(entry.ref, start=start, end=end)
            assert caught.value.size_bytes == size_bytes

    def test_open_refuses_another_version(self, source: Integration) -> None:
        with pytest.raises(VersionMismatchError):
            source.open(files(source)[0].ref, if_version="no such version")

    def test_what_is_no_file_has_no_bytes(self, source: Integration) -> None:
        for entry in (*source.roots(), *everything(source)):
            if not entry.downloadable:
                with pytest.raises(UnsupportedError):
                    source.open(entry.ref)

    @pytest.mark.parametrize("ref", _NO_REFS)
    def test_an_unknown_ref_is_not_found(self, source: Integration, ref: str) -> None:
        for method in (source.stat, source.list, source.open):
            with pytest.raises(NotFoundError):
                method(ref)

    def test_a_file_is_no_folder(self, source: Integration) -> None:
        with pytest.raises(NotFoundError):
            source.list(files(source)[0].ref)

    def test_an_unknown_page_token_begins_the_listing_again(self, source: Integration) -> None:
        with pytest.raises(CursorResetError):
            source.list(source.roots()[0].ref, page_token="no such token")  # noqa: S106  no password

    def test_an_unknown_cursor_begins_the_round_again(self, source: Integration) -> None:
        with pytest.raises(CursorResetError):
            source.changes("no such cursor")

    @pytest.mark.parametrize("limit", _LIMITS)
    def test_the_first_round_tells_what_list_tells(self, connect: Connect, limit: int) -> None:
        listed = {entry.ref: entry for entry in everything(connect())}
        told = upserts(connect(), cursor=None, limit=limit)
        assert {entry.ref: entry for entry in told} == listed
        assert len(told) == len(listed)

    def test_the_first_round_tells_folders_before_what_is_in_them(self, source: Integration) -> None:
        known = {root.ref for root in source.roots()}
        for entry in upserts(source, cursor=None, limit=2):
            assert set(entry.parent_refs) <= known
            known.add(entry.ref)

    def test_the_first_round_is_a_snapshot(self, source: Integration) -> None:
        assert all(page.snapshot and not page.deletes for page in round_of(source, cursor=None, limit=2))

    def test_a_round_goes_on_in_another_connection(self, connect: Connect) -> None:
        expected = upserts(connect(), cursor=None, limit=2)
        told: list[Entry] = []
        cursor: str | None = None
        has_more = True
        while has_more:
            page = connect().changes(cursor, limit=2)
            told += page.upserts
            cursor, has_more = page.cursor, page.has_more
        assert told == expected

    def test_a_page_can_be_asked_for_twice(self, source: Integration) -> None:
        first = source.changes(None, limit=1)
        assert source.changes(first.cursor, limit=1) == source.changes(first.cursor, limit=1)
        assert source.changes(None, limit=1) == first

    def test_nothing_is_news_when_nothing_changed(self, source: Integration) -> None:
        entries: list[Entry] = []
        cursor: str | None = None
        for page in follow(source, cursor=None, known={}):
            entries += page.upserts
            cursor = page.cursor
        for page in follow(source, cursor=cursor, known=known_of(entries), limit=2):
            assert page.files == () and page.deletes == () and page.problems == ()

    def test_in_place_urls_lead_to_the_same_bytes(self, source: Integration) -> None:
        for entry in files(source)[:20]:
            url = source.in_place_url(entry.ref)
            assert (url is not None) == source.manifest.capabilities.in_place
            if url is not None and url.startswith("file:"):
                assert file_path(url).read_bytes() == content(source, ref=entry.ref)

    def test_a_closed_connection_can_be_used_on(self, source: Integration) -> None:
        expected = source.changes(None, limit=1)
        source.close()
        source.close()
        assert source.changes(None, limit=1) == expected
        with source as same:
            assert same.check() == source.check()
