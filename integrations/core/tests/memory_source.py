"""A provider like the large ones, in memory: refs are ids, names may repeat, changes have a feed.

It shows that the interface fits such providers, and that the conformance suite can be passed by one.
"""

from dataclasses import dataclass, field, replace
from itertools import count

from integrations.core.conformance import World
from integrations.core.entries import Account, ChangePage, Entry, EntryKind, Page
from integrations.core.errors import CursorResetError, VersionMismatchError
from integrations.core.interface import PAGE_LIMIT, Integration
from integrations.core.manifest import Capabilities, Manifest, SourceConfig
from integrations.core.sound_names import sound_type
from integrations.core.streams import ByteStream, resolve_range
from shared.python.errors import NotFoundError, UnsupportedError

ROOT = "id-root"


@dataclass
class Node:
    parent: str
    name: str
    content: bytes | None
    version: int


@dataclass
class MemoryAccount(World):
    """What the provider stores: nodes by id, and a journal of the ids that changed, in order."""

    nodes: dict[str, Node] = field(default_factory=dict)
    journal: list[str] = field(default_factory=list)
    ids: "count[int]" = field(default_factory=lambda: count(1))
    kind: type["MemorySource"] | None = None

    def connect(self) -> "MemorySource":
        return (self.kind or MemorySource)(MemoryConfig(), account=self)

    def write(self, path: tuple[str, ...], content: bytes) -> None:
        parent = ROOT
        for name in path[:-1]:
            parent = self._child(parent, name) or self._add(Node(parent, name, None, 1))
        ref = self._child(parent, path[-1])
        if ref is None:
            self._add(Node(parent, path[-1], content, 1))
        else:
            self.nodes[ref] = replace(self.nodes[ref], content=content, version=self.nodes[ref].version + 1)
            self.journal.append(ref)

    def rename(self, path: tuple[str, ...], new: tuple[str, ...]) -> None:
        ref, parent = self._find(path), self._find(new[:-1])
        self.nodes[ref] = replace(self.nodes[ref], parent=parent, name=new[-1])
        self.journal.append(ref)

    def delete(self, path: tuple[str, ...]) -> None:
        ref = self._find(path)
        del self.nodes[ref]
        self.journal.append(ref)

    def state(self) -> object:
        return {ref: replace(node) for ref, node in self.nodes.items()}, list(self.journal)

    def path(self, ref: str) -> tuple[str, ...]:
        if ref == ROOT:
            return ()
        node = self.nodes[ref]  # KeyError: it, or a folder above it, is gone
        return (*self.path(node.parent), node.name)

    def _child(self, parent: str, name: str) -> str | None:
        found = (ref for ref, node in self.nodes.items() if (node.parent, node.name) == (parent, name))
        return next(found, None)

    def _find(self, path: tuple[str, ...]) -> str:
        ref = ROOT
        for name in path:
            found = self._child(ref, name)
            assert found is not None, path
            ref = found
        return ref

    def _add(self, node: Node) -> str:
        ref = f"id-{next(self.ids)}"
        self.nodes[ref] = node
        self.journal.append(ref)
        return ref


class MemoryConfig(SourceConfig):
    pass


class MemorySource(Integration):
    manifest = Manifest(
        id="memory",
        title="Memory",
        description="A provider for tests",
        config=MemoryConfig,
        capabilities=Capabilities(change_feed="native", stable_refs=True, duplicate_names=True),
    )

    def __init__(self, config: MemoryConfig, *, account: MemoryAccount) -> None:
        self.account = account

    def check(self) -> Account:
        return Account(label="memory", stable_id=str(id(self.account)))

    def roots(self) -> tuple[Entry, ...]:
        return (self.stat(ROOT),)

    def stat(self, ref: str) -> Entry:
        if ref == ROOT:
            return Entry(ref=ROOT, parent_refs=(), name="My files", path="", kind=EntryKind.FOLDER)
        try:
            node, path = self.account.nodes[ref], self.account.path(ref)
        except KeyError as error:
            raise NotFoundError(f"no {ref!r}") from error
        if node.content is None:
            kind, size, version = EntryKind.FOLDER, None, None
        else:
            kind, size, version = EntryKind.FILE, len(node.content), str(node.version)
        return Entry(
            ref=ref,
            parent_refs=(node.parent,),
            name=node.name,
            path="/".join(path),
            kind=kind,
            size_bytes=size,
            version=version,
            mime=sound_type(node.name),
            downloadable=kind is EntryKind.FILE,
        )

    def list(self, ref: str, *, page_token: str | None = None, limit: int = PAGE_LIMIT) -> Page:
        if self.stat(ref).kind is not EntryKind.FOLDER:
            raise NotFoundError(f"{ref!r} is no folder")
        first = self._number(page_token) if page_token is not None else 0
        refs = [child for child, node in self.account.nodes.items() if node.parent == ref]
        return Page(
            entries=tuple(self.stat(child) for child in refs[first : first + limit]),
            next_page_token=str(first + limit) if first + limit < len(refs) else None,
        )

    def open(
        self, ref: str, *, start: int = 0, end: int | None = None, if_version: str | None = None
    ) -> ByteStream:
        entry = self.stat(ref)
        content = self.account.nodes[ref].content if ref != ROOT else None
        if content is None:
            raise UnsupportedError(f"{ref!r} is a folder")
        assert entry.version is not None
        if if_version not in (None, entry.version):
            raise VersionMismatchError(f"{ref!r} has version {entry.version}, not {if_version}")
        first, last = resolve_range(start, end=end, size_bytes=len(content))
        chunks = (content[at : min(at + 70_000, last)] for at in range(first, last, 70_000))
        return ByteStream(
            chunks, start=first, end=last, size_bytes=len(content), version=entry.version, close=lambda: None
        )

    def changes(self, cursor: str | None, *, limit: int = PAGE_LIMIT) -> ChangePage:
        if cursor is None:
            # The place in the journal comes first, and then the listing.
            cursor = f"{len(self.account.journal)}/0"
        mark, slash, listed = cursor.partition("/")
        begin = self._number(mark)
        if slash:
            return self._snapshot(begin, first=self._number(listed), limit=limit)
        refs = self.account.journal[begin : begin + limit]
        upserts, deletes = [], []
        for ref in dict.fromkeys(refs):
            try:
                upserts.append(self.stat(ref))
            except NotFoundError:
                deletes.append(ref)
        end = begin + len(refs)
        return ChangePage(
            upserts=tuple(upserts),
            deletes=tuple(deletes),
            cursor=str(end),
            has_more=end < len(self.account.journal),
        )

    def _snapshot(self, begin: int, *, first: int, limit: int) -> ChangePage:
        last_id = max((int(ref[3:]) for ref in self.account.nodes), default=0)
        refs = [f"id-{n}" for n in range(first + 1, last_id + 1)]
        entries: list[Entry] = []
        at = first
        for ref in refs:
            if len(entries) == limit:
                break
            at = int(ref[3:])
            try:
                entries.append(self.stat(ref))
            except NotFoundError:
                continue
        has_more = at < last_id
        return ChangePage(
            upserts=tuple(entries),
            cursor=f"{begin}/{at}" if has_more else str(begin),
            has_more=has_more,
            snapshot=True,
        )

    def _number(self, text: str) -> int:
        if not text.isdecimal():
            raise CursorResetError(f"no cursor: {text!r}")
        return int(text)
