"""What an integration says about itself before anybody connects to it."""

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class SourceConfig(BaseModel):
    """What a person has to give so that a source can be reached; each integration has its own.

    No secret belongs here: the configuration is stored in the clear and shown.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a provider can do beyond the core, and what its files are like; the conformance suite checks it.

    Attributes
    ----------
    change_feed
        ``native``: a round that begins with a cursor tells only what changed. ``snapshot``: the provider
        has no feed, and every round lists everything (`integrations.core.following` makes changes of it).
    in_place
        `Integration.in_place_url` gives URLs that services on the same machines can read.
    ranges
        `Integration.open` can begin in the middle without reading what lies before.
    stable_refs
        A ref survives renaming and moving; else both are a delete and an upsert.
    duplicate_names
        Two entries of one folder may have the same name.
    hash_kinds
        The algorithms that every file's `Entry.hashes` has.
    """

    change_feed: Literal["native", "snapshot"]
    in_place: bool = False
    ranges: bool = True
    stable_refs: bool = False
    duplicate_names: bool = False
    hash_kinds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The identity of an integration.

    Attributes
    ----------
    id
        The name of its folder and of its entry point; what the API calls ``provider``.
    title, description
        For people who choose where their sounds are.
    config
        What the source needs to know.
    """

    id: str
    title: str
    description: str
    config: type[SourceConfig]
    capabilities: Capabilities

    @property
    def config_schema(self) -> dict[str, Any]:
        """JSON Schema of the configuration; the web app draws its form from it."""
        return self.config.model_json_schema()
