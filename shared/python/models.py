"""The data models that more than one part speaks about.

::

    AudioFile       one file of a source, as services see it
    NodeSpec        what a kind of node is: announced by the service that implements it
    PipelineNode    one node of a pipeline, with its parameters and inputs
    Pipeline        a graph of nodes, from a source to a map
    DescriptorSpec  one measured value: its name, unit and meaning
    AnalysisDocument    all that was measured in one sound, as it is stored
    EmbeddingDocument   the vector that an embedding model gave to one sound, as it is stored
    Lane, JobState, RunState, Outcome, FailureCode    the closed vocabularies
"""

from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

ContentHash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 of a file's bytes, lower-case hexadecimal: the identity of a sound across renames and providers."""


class Model(BaseModel):
    """Immutable; unknown fields are ignored, so that a newer sender can talk to an older receiver."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Lane(StrEnum):
    """How urgent a command is. A person waits for `interactive`; nobody waits for a single `bulk` command."""

    INTERACTIVE = "interactive"
    BULK = "bulk"


class JobState(StrEnum):
    """The life of one job. The last three are final."""

    WAITING = "waiting"
    SENT = "sent"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class RunState(StrEnum):
    """The life of one run of a pipeline. The last three are final."""

    SCANNING = "scanning"
    ANALYZING = "analyzing"
    LAYING_OUT = "laying_out"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """What became of one file in one run. `skipped`: known already, or the same bytes as another file."""

    ANALYZED = "analyzed"
    FAILED = "failed"
    SKIPPED = "skipped"


class FailureCode(StrEnum):
    """Why a file is not on the map: the closed list. Each has a plain sentence in the web app."""

    EMPTY = "empty"  # zero bytes, or a valid file that holds no samples
    NOT_AUDIO = "not_audio"  # the bytes are not a sound, whatever the name says
    UNSUPPORTED = "unsupported"  # a sound in a format that we cannot read
    PROTECTED = "protected"  # encrypted by its seller (DRM)
    CORRUPT = "corrupt"  # it begins like a sound and then makes no sense
    NON_FINITE = "non_finite"  # not one usable sample: all NaN or infinite
    DENIED = "denied"  # no permission to read it
    NOT_FOUND = "not_found"  # gone between the listing and the reading
    UNAVAILABLE = "unavailable"  # the disk or the provider failed to deliver it
    LIMIT = "limit"  # more channels, bytes or hours than the operator allows
    TIMED_OUT = "timed_out"  # took longer than its length justifies
    OUT_OF_MEMORY = "out_of_memory"  # needed more memory than a file may have
    CRASHED = "crashed"  # the decoder crashed on it


class AudioFile(Model):
    """One file of a source, as services see it: where its bytes are and how to recognise them.

    `url` is a blob URL (see `shared.python.storage`): no service ever holds a provider's credential.
    """

    content_hash: ContentHash
    url: str
    path: str
    size_bytes: int = Field(ge=0)


class NodeKind(StrEnum):
    """What a node does to the data that flows through it."""

    SOURCE = "source"
    FILTER = "filter"
    ANALYZE = "analyze"
    EMBED = "embed"
    REDUCE = "reduce"
    CLUSTER = "cluster"
    DEDUPE = "dedupe"
    EXPORT = "export"


class DescriptorSpec(Model):
    """One value that a node measures in a sound: enough to show it, sort by it and colour a map with it.

    Attributes
    ----------
    unit
        Written behind the number (``LUFS``, ``Hz``, ``s``, ``bpm``); empty for ratios and categories.
    scale
        ``log`` where equal steps to the ear are equal ratios (frequencies, durations).
    low, high
        What ordinary sounds span; colours and histograms use it, values may lie beyond.
    source
        The standard, paper or program whose definition it is; empty where the definition is ours.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    title: str
    group: str
    unit: str = ""
    kind: Literal["number", "category"] = "number"
    scale: Literal["linear", "log"] = "linear"
    low: float | None = None
    high: float | None = None
    description: str
    source: str = ""


class Peaks(Model):
    """The outline of a waveform: for each of `n` equal spans of the sound its lowest and highest sample.

    `data` is base64 of int8, shape (n, 2), full scale = 127.
    """

    n: int = Field(ge=0)
    data: str


class Preview(Model):
    """The most telling moment of a sound, ready for a browser; the clip itself is the blob at `preview_key`.

    `gain_db` was applied so that all previews are equally loud; taking it off gives the true level.
    """

    mime: str
    start_s: float = Field(ge=0)
    duration_s: float = Field(ge=0)
    gain_db: float


class TempoCandidate(Model):
    """A tempo that could be heard in a sound, with how strongly the sound repeats itself at it, 0 to 1."""

    bpm: float = Field(gt=0)
    strength: float = Field(ge=0, le=1)


class AnalysisDocument(Model):
    """All that one node measured in one sound.

    Attributes
    ----------
    content_hash
        SHA-256 of the file's bytes: the identity of the sound across renames and providers.
    node_version
        Of the node that measured it.
    duration_s
        Length of what could be decoded, in seconds.
    channels, sample_rate_hz
        Of the recording, before anything is mixed down or resampled.
    format, codec
        The container, by the file's bytes and not by its name, and what encodes the samples in it.
    bit_depth
        Of the stored samples; ``None`` for lossy codecs.
    descriptors
        By `DescriptorSpec.name`. ``None``: has no meaning for this sound (the tempo of a hit); never NaN.
    flags
        What a person should know about the recording: ``clipped``, ``silent``, ``truncated``, ``dc_offset``,
        ``non_finite``, ``dual_mono``.
    vector
        The place of the sound in the space where distance means difference to the ear.
    vector_version
        Vectors are comparable within a version.
    peaks
        The outline of the waveform.
    preview
        A short clip of the most telling moment, at equal loudness for all sounds.
    audio_hash
        SHA-256 of the decoded samples to 16 bits: equal for a WAV and the FLAC that was made of it. ``None``
        in documents from before it was measured.
    fingerprint
        Base64; near duplicates (another codec, gain or start) have similar ones. ``None`` for silence, and in
        documents from before it was measured.
    bpm_alternatives
        What else than ``bpm`` the tempo could be taken for, its octaves first. Empty where there is no tempo.
    onsets_s, beats_s
        When something begins, and where the beats fall, in seconds. There are no beats without a tempo.
    """

    content_hash: ContentHash
    node_version: int
    duration_s: float = Field(ge=0)
    channels: int = Field(ge=1)
    sample_rate_hz: int = Field(ge=1)
    format: str
    codec: str
    bit_depth: int | None = None
    descriptors: dict[str, float | str | None]
    flags: tuple[str, ...] = ()
    vector: tuple[float, ...]
    vector_version: int
    peaks: Peaks
    preview: Preview
    audio_hash: ContentHash | None = None
    fingerprint: str | None = None
    bpm_alternatives: tuple[TempoCandidate, ...] = ()
    onsets_s: tuple[float, ...] = ()
    beats_s: tuple[float, ...] = ()


class EmbeddingDocument(Model):
    """What one embedding model made of one sound.

    Attributes
    ----------
    n_windows
        How many windows of the sound the model heard.
    vector
        Finite numbers, as many for every sound of this node type and version.
    """

    content_hash: ContentHash
    node_type: str
    node_version: int
    n_windows: int = Field(ge=1)
    vector: tuple[float, ...]


class NodeSpec(Model):
    """What one type of node is.

    Attributes
    ----------
    version
        Changes when the same inputs and parameters would give another output. It is part of the key under
        which outputs are stored, so a new version never passes an old result off as its own.
    inputs, output
        Names of what flows in and out: ``sounds``, ``descriptors``, ``layout``, ``clusters``.
    parameters
        JSON Schema of the node's parameters; the web app draws its form from it.
    descriptors
        What an ``analyze`` node measures.
    """

    type: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    kind: NodeKind
    title: str
    version: int = Field(ge=1)
    service: str
    inputs: tuple[str, ...] = ()
    output: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    descriptors: tuple[DescriptorSpec, ...] = ()


class PipelineNode(Model):
    """One node of a pipeline: a type, its parameters, and the names of the nodes that it reads from."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    type: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    parameters: dict[str, Any] = Field(default_factory=dict)
    inputs: tuple[str, ...] = ()


class Pipeline(Model):
    """A graph of nodes without cycles, listed so that every node stands behind what it reads from.

    Raises
    ------
    ValueError
        When two nodes share a name, or a node reads from one that does not stand before it.
    """

    title: str
    nodes: tuple[PipelineNode, ...]

    @model_validator(mode="after")
    def _inputs_stand_before_their_readers(self) -> Self:
        seen: set[str] = set()
        for node in self.nodes:
            missing = [name for name in node.inputs if name not in seen]
            if missing:
                raise ValueError(
                    f"node {node.name!r} reads from {missing[0]!r}, which does not stand before it"
                )
            if node.name in seen:
                raise ValueError(f"two nodes are named {node.name!r}")
            seen.add(node.name)
        return self
