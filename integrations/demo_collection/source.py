"""A collection that Tonotope makes itself: something to hear before anybody connects anything.

It is rendered into a folder of the operator's cache, each sound when it is first needed: whoever follows
the changes meets the first ones within a moment. A file is there whole or not at all, and one that is there
is never made again; so a rendering that was interrupted goes on where it stopped, and several processes may
render at the same time.
"""

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import soundfile

from integrations.core.entries import Account, ChangePage, Entry, Page
from integrations.core.errors import CursorResetError
from integrations.core.interface import PAGE_LIMIT, Integration
from integrations.core.manifest import Capabilities, Manifest
from integrations.core.streams import ByteStream
from integrations.demo_collection.catalogue import EDITION, RECIPES
from integrations.demo_collection.recipe import Recipe
from integrations.demo_collection.signals import SAMPLE_RATE_HZ
from integrations.local_folder.refs import ROOT_REF, parts_of, ref_of
from integrations.local_folder.source import LocalFolder, LocalFolderConfig
from shared.python.errors import ConfigError, NotFoundError

RENDERED_AT_ONCE = 16
"""At most so many sounds in a page of changes: people who wait hear the first ones sooner."""


class DemoCollectionConfig(LocalFolderConfig):
    """`folder` is where the sounds are rendered to; it is made when it is missing."""


class DemoCollection(Integration):
    """The demo collection, and the folder that it is rendered into."""

    manifest = Manifest(
        id="demo_collection",
        title="Demo collection",
        description="Three hundred sounds made by Tonotope itself: drums, strings, bells, voices, rain.",
        config=DemoCollectionConfig,
        capabilities=Capabilities(change_feed="snapshot", in_place=True, stable_refs=True),
    )
    recipes: ClassVar[dict[str, Recipe]] = RECIPES

    def __init__(self, config: DemoCollectionConfig) -> None:
        self._folder = config.folder / f"edition-{EDITION}"
        self._rendered = LocalFolder(LocalFolderConfig(folder=self._folder))
        self._recipes = {ref_of(tuple(path.split("/"))): recipe for path, recipe in self.recipes.items()}
        self._folders: dict[str, list[str]] = {ROOT_REF: []}
        for ref in self._recipes:
            self._add_to_folder(ref)

    def check(self) -> Account:
        self._make_folder(self._folder)
        self._rendered.check()
        return Account(label=self.manifest.title, stable_id=f"demo_collection:{EDITION}")

    def roots(self) -> tuple[Entry, ...]:
        return (self.stat(ROOT_REF),)

    def list(self, ref: str, *, page_token: str | None = None, limit: int = PAGE_LIMIT) -> Page:
        children = self._folders.get(ref)
        if children is None:
            raise NotFoundError(f"{ref!r} is no folder of the demo collection")
        first = 0
        if page_token is not None:
            if page_token not in children:
                raise CursorResetError(f"page token {page_token!r} is none of this folder: begin again")
            first = children.index(page_token)
        last = first + min(limit, RENDERED_AT_ONCE)
        return Page(
            entries=tuple(self.stat(child) for child in children[first:last]),
            next_page_token=children[last] if last < len(children) else None,
        )

    def stat(self, ref: str) -> Entry:
        self._render(ref)
        entry = self._rendered.stat(ref)
        if ref not in self._folders:
            return entry
        # A folder of the cache changes as it is filled; the collection does not.
        return replace(entry, mtime=None, name=entry.name if ref != ROOT_REF else self.manifest.title)

    def open(
        self, ref: str, *, start: int = 0, end: int | None = None, if_version: str | None = None
    ) -> ByteStream:
        self._render(ref)
        return self._rendered.open(ref, start=start, end=end, if_version=if_version)

    def changes(self, cursor: str | None, *, limit: int = PAGE_LIMIT) -> ChangePage:
        """Give the collection in the order of its catalogue, each folder before the first sound in it.

        A cursor is the number of entries before it. The collection never changes, so nothing is ever deleted.
        """
        everything = tuple(self._in_order())
        first = 0 if cursor is None else _place(cursor, end=len(everything))
        first = 0 if first == len(everything) else first
        last = min(first + min(limit, RENDERED_AT_ONCE), len(everything))
        return ChangePage(
            upserts=tuple(self.stat(ref) for ref in everything[first:last]),
            cursor=str(last),
            has_more=last < len(everything),
            snapshot=True,
        )

    def in_place_url(self, ref: str) -> str:
        self._render(ref)
        return self._rendered.in_place_url(ref)

    def close(self) -> None:
        self._rendered.close()

    def _add_to_folder(self, ref: str) -> None:
        folder = ref.rpartition("/")[0] or ROOT_REF
        if folder not in self._folders:
            self._folders[folder] = []
            self._add_to_folder(folder)
        self._folders[folder].append(ref)

    def _in_order(self) -> "dict[str, None]":
        """Give all refs but the root's, each once, parents first."""
        order: dict[str, None] = {}
        for ref in self._recipes:
            names = ref.split("/")
            order.update(dict.fromkeys("/".join(names[:depth]) for depth in range(1, len(names) + 1)))
        return order

    def _render(self, ref: str) -> None:
        """Make sure that a sound or a folder is there.

        Raises
        ------
        NotFoundError
            When the collection has no such ref.
        ConfigError
            When the folder cannot be written to.
        """
        path = self._folder.joinpath(*parts_of(ref))
        if ref in self._folders:
            self._make_folder(path)
        elif ref not in self._recipes:
            raise NotFoundError(f"{ref!r} is no sound of the demo collection")
        elif not path.exists():
            self._make_folder(path.parent)
            try:
                _write(self._recipes[ref], path=path)
            except OSError as error:
                raise ConfigError(f"the demo collection cannot be written to {path}: {error}") from error

    def _make_folder(self, path: Path) -> None:
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                f"the demo collection cannot be written to {path}: {error.strerror}; choose another folder"
            ) from error


def _write(recipe: Recipe, *, path: Path) -> None:
    """Render a sound into a file, 16 bits, that appears under its name only when it is whole."""
    samples = np.round(recipe.render() * 32767).astype(np.int16)
    # A hidden name, which no listing shows, should the process die before it is renamed.
    with tempfile.NamedTemporaryFile(
        dir=path.parent, prefix=".rendering-", suffix=path.suffix, delete=False
    ) as file:
        try:
            kind = path.suffix[1:].upper()
            soundfile.write(file, samples, SAMPLE_RATE_HZ, format=kind, subtype="PCM_16")
            file.flush()
            os.fchmod(file.fileno(), 0o644)  # workers may run as somebody else
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def _place(cursor: str, *, end: int) -> int:
    if not cursor.isdecimal() or int(cursor) > end:
        raise CursorResetError(f"the cursor {cursor!r} is none of the demo collection: begin again")
    return int(cursor)
