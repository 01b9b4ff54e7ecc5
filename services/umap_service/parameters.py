"""What people may set: the parameters of a layout, of a placement and of the search for clusters.

Their JSON Schemas (``model_json_schema()``) have the titles and ranges that the web app draws its form from.
"""

from enum import StrEnum
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.json_schema import SkipJsonSchema

from services.umap_service.threads import available_threads
from shared.python.errors import ConfigError


class Metric(StrEnum):
    """What distance means between two rows of a matrix."""

    EUCLIDEAN = "euclidean"
    COSINE = "cosine"
    CORRELATION = "correlation"
    MANHATTAN = "manhattan"


class Scale(StrEnum):
    """Whether columns are brought to one scale before distances are taken (`matrix.Standardiser`)."""

    ROBUST = "robust"
    NONE = "none"


class _Parameters(BaseModel):
    # A misspelt name must not pass for a parameter that was set.
    model_config = ConfigDict(frozen=True, extra="forbid")


NNeighbors = Annotated[
    int,
    Field(
        ge=2,
        le=200,
        title="Neighbours",
        description="How many sounds count as near: few show fine detail, many show the large picture.",
    ),
]
ScaleField = Annotated[
    Scale,
    Field(title="Scaling", description="Give every measured value the same weight, or take it as it is."),
]
MetricField = Annotated[Metric, Field(title="Distance", description="How two sounds are compared.")]
Threads = SkipJsonSchema[Annotated[int, Field(ge=1, le=1024)]]
Seed = Annotated[
    int,
    Field(ge=0, le=2**32 - 1, title="Seed", description="Equal seeds give equal maps."),
]


class LayoutParameters(_Parameters):
    """Parameters of a UMAP layout, named as in umap-learn.

    `n_neighbors` counts the point itself, as umap-learn does. `n_epochs` is chosen from the number of rows
    when it is None. `threads` changes the speed and never the result.
    """

    n_neighbors: NNeighbors = 15
    min_dist: float = Field(
        default=0.1,
        ge=0,
        le=3,
        title="Minimal distance",
        description="How closely alike sounds may be packed.",
    )
    spread: float = Field(
        default=1.0,
        gt=0,
        le=10,
        title="Spread",
        description="How far apart groups drift, against how closely alike sounds are packed.",
    )
    metric: MetricField = Metric.EUCLIDEAN
    n_components: int = Field(default=2, ge=1, le=16, title="Dimensions")
    n_epochs: int | None = Field(
        default=None,
        ge=1,
        le=10_000,
        title="Epochs",
        description="Rounds of refinement; empty: chosen by size.",
    )
    seed: Seed = 42
    scale: ScaleField = Scale.ROBUST
    threads: Threads = Field(default_factory=available_threads)

    @model_validator(mode="after")
    def _min_dist_fits_spread(self) -> Self:
        if self.min_dist > 3 * self.spread:
            raise ValueError(f"min_dist {self.min_dist} must not exceed three times spread ({self.spread})")
        return self


class PlaceParameters(_Parameters):
    """What a placement takes of the parameters of the standing layout; others are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    n_neighbors: NNeighbors = 15
    metric: MetricField = Metric.EUCLIDEAN
    scale: ScaleField = Scale.ROBUST
    threads: Threads = Field(default_factory=available_threads)


class ClusterParameters(_Parameters):
    """Parameters of the search for clusters; None: `min_cluster_size` follows from the number of points."""

    min_cluster_size: int | None = Field(
        default=None,
        ge=2,
        le=1_000_000,
        title="Smallest group",
        description="Fewer sounds than this are no group; empty: chosen by size.",
    )


Parameters = TypeVar("Parameters", bound=_Parameters)


def parse_parameters(kind: type[Parameters], values: dict[str, Any]) -> Parameters:
    """Read parameters from plain values.

    Raises
    ------
    ConfigError
        When a name is unknown or a value is out of its range; the message names both.
    """
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc'])) or 'parameters'} = {problem['input']!r}: {problem['msg']}"
            for problem in error.errors(include_url=False)
        )
        raise ConfigError(problems) from error
