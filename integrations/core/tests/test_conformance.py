"""The suite accepts a provider with ids and a native feed, and catches the classic mistakes."""

from dataclasses import replace

import pytest

from integrations.core.conformance import ChangingConformance, World
from integrations.core.conformance.changing import TREE
from integrations.core.entries import ChangePage, Page
from integrations.core.interface import PAGE_LIMIT
from integrations.core.streams import ByteStream
from integrations.core.tests.memory_source import MemoryAccount, MemorySource


class TestMemorySource(ChangingConformance):
    @pytest.fixture
    def world(self) -> World:
        return MemoryAccount()


class ForgetsTheNextPage(MemorySource):
    def list(self, ref, *, page_token=None, limit=PAGE_LIMIT) -> Page:
        return replace(super().list(ref, page_token=page_token, limit=limit), next_page_token=None)


class IgnoresTheRange(MemorySource):
    def open(self, ref, *, start=0, end=None, if_version=None) -> ByteStream:
        return super().open(ref, if_version=if_version)


class IgnoresTheVersion(MemorySource):
    def open(self, ref, *, start=0, end=None, if_version=None) -> ByteStream:
        return super().open(ref, start=start, end=end)


class TakesTheCursorTooLate(MemorySource):
    def changes(self, cursor, *, limit=PAGE_LIMIT) -> ChangePage:
        page = super().changes(cursor, limit=limit)
        late = page.snapshot and not page.has_more
        return replace(page, cursor=str(len(self.account.journal))) if late else page


class ForgetsDeletes(MemorySource):
    def changes(self, cursor, *, limit=PAGE_LIMIT) -> ChangePage:
        return replace(super().changes(cursor, limit=limit), deletes=())


class ReportsSizeZero(MemorySource):
    def list(self, ref, *, page_token=None, limit=PAGE_LIMIT) -> Page:
        page = super().list(ref, page_token=page_token, limit=limit)
        return replace(page, entries=tuple(replace(entry, size_bytes=0) for entry in page.entries))


class WritesToTheSource(MemorySource):
    def open(self, ref, *, start=0, end=None, if_version=None) -> ByteStream:
        self.account.nodes[ref].name += " (opened)"
        return super().open(ref, start=start, end=end, if_version=if_version)


@pytest.mark.parametrize(
    ("broken", "test", "arguments"),
    [
        (ForgetsTheNextPage, "test_list_gives_every_child_once_whatever_the_page", ("connect", 1)),
        (IgnoresTheRange, "test_open_gives_exactly_the_range", ("source",)),
        (IgnoresTheRange, "test_open_refuses_a_range_behind_the_end", ("source",)),
        (IgnoresTheVersion, "test_open_refuses_another_version", ("source",)),
        (IgnoresTheVersion, "test_a_file_that_changed_since_is_refused", ("world", "source")),
        (TakesTheCursorTooLate, "test_what_changes_during_the_first_round_is_told", ("world", "connect", 1)),
        (ForgetsDeletes, "test_a_deleted_file_is_told", ("world", "source")),
        (ReportsSizeZero, "test_stat_agrees_with_list", ("source",)),
        (WritesToTheSource, "test_reading_changes_nothing", ("world", "source")),
    ],
)
def test_the_suite_catches(broken: type[MemorySource], test: str, arguments: tuple[object, ...]) -> None:
    world = MemoryAccount(kind=broken)
    for path, content in TREE.items():
        world.write(path, content)
    given = {"world": world, "connect": world.connect, "source": world.connect()}
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        getattr(ChangingConformance(), test)(*(given.get(argument, argument) for argument in arguments))
