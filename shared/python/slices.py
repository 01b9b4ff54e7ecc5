"""Slices: the events of a sound, each a sound of its own that is a stretch of another one's bytes.

A slice has an analysis, a vector and a preview under its own hash, as every sound has. What slices a sound
has is one document, stored under a key that depends on the sound, the node's version and the parameters.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, ValidationError

from shared.python.errors import ConfigError
from shared.python.models import ContentHash, Model
from shared.python.utils import stable_hash


class SlicingParameters(Model):
    """How a sound is cut into its events; the parameters of an analyze node that can do it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slicing: Literal["off", "events"] = Field(
        "off",
        title="Slicing",
        description="Whether the events of a sound are points of their own: hits, notes, textures.",
    )
    slice_least_s: float = Field(
        0.05,
        ge=0.02,
        le=60,
        title="Shortest event",
        description="In seconds; what follows sooner belongs to it.",
    )
    slice_most: int = Field(
        256, ge=2, le=1024, title="Most events", description="Of one sound; the clearest are kept."
    )

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> Self:
        """Read the parameters of a node.

        Raises
        ------
        ConfigError
            When one is unknown or out of range.
        """
        try:
            return cls.model_validate(dict(parameters))
        except ValidationError as error:
            reasons = "; ".join(
                f"{'.'.join(map(str, found['loc']))}: {found['msg']}, not {found['input']!r}"
                for found in error.errors()
            )
            raise ConfigError(f"these are no parameters of slicing: {reasons}") from error

    @property
    def is_wanted(self) -> bool:
        return self.slicing != "off"

    @property
    def key(self) -> str:
        """Equal for parameters that mean the same, and short enough for a column."""
        return stable_hash(self.model_dump())[:16]


class Slice(Model):
    """One slice: its own identity, where it lies in its sound, and the analysis of it."""

    content_hash: ContentHash
    start_s: float = Field(ge=0)
    end_s: float = Field(gt=0)
    result_url: str


class SlicesDocument(Model):
    """The slices of one sound, in their order; none when it is a single event, and so is a point itself.

    `n_found` is larger than their number when there were more than the parameters allow.
    """

    content_hash: ContentHash
    node_version: int
    parameters: SlicingParameters
    n_found: int = Field(ge=0)
    slices: tuple[Slice, ...]


def slice_hash(content_hash: str, *, start_frame: int, end_frame: int) -> str:
    """Give the identity of a slice: the same stretch of the same bytes is the same sound."""
    return hashlib.sha256(f"slice {content_hash} {start_frame} {end_frame}".encode()).hexdigest()


def slices_key(content_hash: str, node_version: int, parameters: SlicingParameters) -> str:
    """Key of the blob that holds a sound's slices (`SlicesDocument`, JSON)."""
    return f"slices/{content_hash[:2]}/{content_hash}/v{node_version}-{parameters.key}.json"
