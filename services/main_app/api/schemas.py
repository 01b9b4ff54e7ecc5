"""What the API answers with and takes: the shapes that the web app is written against."""

from datetime import datetime
from typing import Any

from ninja import Field, Schema

from services.main_app.maps.models import Layout
from services.main_app.sources.models import Source
from shared.python.models import Peaks, Preview, RunState


class ErrorOut(Schema):
    code: str
    message: str


class SessionIn(Schema):
    username: str = Field(max_length=150)
    password: str = Field(max_length=1024)


class SessionOut(Schema):
    """`loopback`: only this machine can reach the server, so there is one person and no login."""

    authenticated: bool
    username: str | None
    loopback: bool
    csrf_token: str
    version: str


class FolderOut(Schema):
    name: str
    path: str


class FolderListingOut(Schema):
    """`n_audio_files` counts files with the name of a sound directly in the folder."""

    path: str
    parent: str | None
    roots: list[FolderOut]
    folders: list[FolderOut]
    n_audio_files: int


class RunOut(Schema):
    """One run. When it is over, files = analyzed + failed + skipped.

    `found` counts the files listed so far; speeds are those of the last seconds; `eta_s` is null while nobody
    can know; `message` says in plain words why it failed.
    """

    id: int
    source_id: int
    map_id: int
    state: RunState
    created_at: datetime
    finished_at: datetime | None
    files: int
    analyzed: int
    failed: int
    skipped: int
    found: int
    bytes_per_s: float
    files_per_s: float
    eta_s: float | None
    layout_fraction: float
    message: str
    failures_by_code: dict[str, int]


class RunsOut(Schema):
    total: int
    runs: list[RunOut]


class FailureOut(Schema):
    audio_file_id: int
    path: str
    code: str
    message: str


class FailuresOut(Schema):
    total: int
    failures: list[FailureOut]


class SourceIn(Schema):
    """`parameters` of the pipeline's nodes, by their types; those that the source has, when left out.

    ``{"analyze_audio": {"slicing": "events"}}`` makes the events of its files points of their own.
    """

    provider: str
    config: dict[str, Any] = Field(default_factory=dict)
    label: str | None = Field(None, max_length=255)
    parameters: dict[str, dict[str, Any]] | None = None


class SourceOut(Schema):
    """`problem` says in plain words why a source is unreachable."""

    id: int
    provider: str
    label: str
    state: Source.State
    problem: str
    config: dict[str, Any]
    parameters: dict[str, dict[str, Any]]
    n_files: int
    map_id: int
    created_at: datetime
    last_run: RunOut | None


class SourceAddedOut(Schema):
    source: SourceOut
    run: RunOut
    map_id: int


class ClusterOut(Schema):
    id: int
    label: str
    size: int
    x: float
    y: float


class MapOut(Schema):
    """`run_id` is the latest run of the map's source."""

    id: int
    title: str
    source_id: int
    layout_id: int | None
    layout_kind: Layout.Kind | None
    layout_version: int
    n_points: int
    bounds: tuple[float, float, float, float] | None
    clusters: list[ClusterOut]
    run_id: int | None


class LayoutIn(Schema):
    """`parameters` of the layout node, over those of the pipeline."""

    parameters: dict[str, Any] = Field(default_factory=dict)


class RunStartedOut(Schema):
    run: RunOut


class RowsOut(Schema):
    """Some of a layout's points, in point order, column by column."""

    audio_file_id: list[int]
    name: list[str]
    path: list[str]
    duration_s: list[float | None]
    cluster: list[int]
    flags: list[list[str]]


class SliceOut(Schema):
    """Which part of a file a slice is: the `number`-th of its `n_slices`, counted from 1."""

    parent_id: int
    parent_name: str
    parent_path: str
    start_s: float
    end_s: float
    number: int
    n_slices: int


class AudioFileOut(Schema):
    """One file, or a slice of one. What was measured is null until it was.

    `copies` are other paths with the same bytes; `playable`: browsers can play the original. Of a slice, the
    original and `size_bytes` are those of the file that it is a part of. `n_slices` counts those of a file,
    and `n_events` all events that were found in it: more, where the source allows no more slices.
    """

    id: int
    name: str
    path: str
    source_id: int
    size_bytes: int
    content_hash: str
    duration_s: float | None = None
    channels: int | None = None
    sample_rate_hz: int | None = None
    format: str | None = None
    codec: str | None = None
    bit_depth: int | None = None
    flags: list[str] = Field(default_factory=list)
    descriptors: dict[str, float | str | None] = Field(default_factory=dict)
    peaks: Peaks | None = None
    preview: Preview | None = None
    mime: str
    copies: list[str]
    playable: bool
    slice: SliceOut | None = None
    n_slices: int = 0
    n_events: int = 0


class FrameOut(Schema):
    """An intermediate layout: ``/maps/{map_id}/points?layout={layout_id}&frame={frame}`` gives its points."""

    map_id: int
    layout_id: int
    frame: str
    fraction: float
