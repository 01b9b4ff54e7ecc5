"""Every message that parts exchange, and the subjects they travel on.

::

    Command                         cmd.<service>.<interactive|bulk>
    ├── AnalyzeAudio                measure a batch of sounds
    ├── EmbedAudio                  put a batch of sounds through an embedding model
    ├── LayOutSounds                compute a layout of a matrix
    ├── PlaceSounds                 put new rows on a standing layout
    └── ClusterSounds               find the groups of a layout
    Event                           evt.<service>.<event>
    ├── AudioAnalyzed  AudioEmbedded  SoundsLaidOut  SoundsPlaced  SoundsClustered
    ├── JobFailed                   a command could not be carried out, and why
    ├── JobCancelled                a command was dropped because somebody asked
    └── ServiceAnnounced            a service and the nodes that it implements
    JobProgressed                   progress.<service>.<job>     lossy
    CancelJobs                      cancel.<service>             broadcast
    dead letters                    dead.cmd.<service>.<lane>    the command as it came; a header says why
    the doorbell                    wake.<process>               broadcast, empty: there is something to do

A message is an `Envelope` around one of these, in JSON, of at most 64 KiB; what is larger is a blob, and the
message holds its URL. Within one major version of a message fields are only added, never changed or removed.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import uuid4

from pydantic import Field, ValidationError

from shared.python.errors import CorruptError, LimitError
from shared.python.models import AudioFile, ContentHash, FailureCode, Lane, Model, NodeSpec, Outcome

MAX_MESSAGE_BYTES = 64 * 1024
STREAM_COMMANDS, STREAM_EVENTS, STREAM_DEAD = "CMD", "EVT", "DEAD"
REASON_HEADER = "Tonotope-Reason"
"""Header of a dead letter: why it was given up, in one line."""


class Message(Model):
    """What an envelope carries."""

    version: ClassVar[int] = 1


class Command(Message):
    """A request to do something once. `job_id` is the row in main_app that stands for it."""

    job_id: str


class Event(Message):
    """Something that happened, in the past tense."""

    job_id: str


class AnalyzeAudio(Command):
    """Measure every file of `files`; results are written under keys that `analysis_key` gives."""

    files: tuple[AudioFile, ...]
    node_version: int
    parameters: dict[str, Any] = Field(default_factory=dict)


class AnalyzedFile(Model):
    """What became of one file of a batch: a result to fetch, or a reason why there is none.

    `slices_url`: the file's slices (`shared.python.slices.SlicesDocument`), where they were asked for.
    """

    content_hash: ContentHash
    outcome: Literal[Outcome.ANALYZED, Outcome.FAILED]
    result_url: str | None = None
    code: FailureCode | None = None
    message: str = ""
    slices_url: str | None = None


class AudioAnalyzed(Event):
    """What became of each file of the batch, in the order of the command."""

    files: tuple[AnalyzedFile, ...]


class EmbedAudio(Command):
    """Give every file of `files` its vector; results are written under keys that `embedding_key` gives.

    `node_type` and `node_version` name the model as its service announced it.
    """

    files: tuple[AudioFile, ...]
    node_type: str
    node_version: int
    parameters: dict[str, Any] = Field(default_factory=dict)


class AudioEmbedded(Event):
    """What became of each file of the batch, in the order of the command.

    Where the outcome is ``analyzed``, the result is an `EmbeddingDocument`.
    """

    files: tuple[AnalyzedFile, ...]


class LayOutSounds(Command):
    """Compute a layout of the rows of a float32 matrix, and write it and its frames under `output_prefix`.

    `method` is ``umap``, or ``pca`` for the preview that is there at once.
    """

    matrix_url: str
    output_prefix: str
    method: Literal["umap", "pca"] = "umap"
    parameters: dict[str, Any] = Field(default_factory=dict)


class SoundsLaidOut(Event):
    """`layout_url`: an ``.npy`` blob, float32, shape (n_sounds, n_components), rows as in the matrix."""

    layout_url: str
    seconds: float
    report: dict[str, Any] = Field(default_factory=dict)


class PlaceSounds(Command):
    """Put the rows of `new_matrix_url` on the layout of `matrix_url`, whose points do not move."""

    matrix_url: str
    layout_url: str
    new_matrix_url: str
    output_prefix: str
    parameters: dict[str, Any] = Field(default_factory=dict)


class SoundsPlaced(Event):
    """`layout_url`: an ``.npy`` blob, float32, shape (n_new, n_components): the new points alone."""

    layout_url: str
    seconds: float


class ClusterSounds(Command):
    """Group the points of a layout."""

    layout_url: str
    output_prefix: str
    parameters: dict[str, Any] = Field(default_factory=dict)


class SoundsClustered(Event):
    """`labels_url`: an ``.npy`` blob, int32, shape (n_sounds,); -1 is "in no cluster"."""

    labels_url: str
    n_clusters: int
    seconds: float


class JobFailed(Event):
    """A command ended without a result. `message` is for people, `detail` for whoever runs the machine."""

    code: str
    message: str
    detail: str = ""
    retryable: bool = False


class JobCancelled(Event):
    """A command was dropped, or its child process ended, because somebody asked for it."""


class ServiceAnnounced(Event):
    """A service is there, and implements these nodes. `job_id` is empty: nobody asked for it."""

    job_id: str = ""
    service: str
    node_specs: tuple[NodeSpec, ...]


class JobProgressed(Message):
    """A sign of life, at most a few a second. Lossy: nothing may depend on its arrival."""

    job_id: str
    attempt: int
    delivery: Annotated[int, Field(ge=1)] = 1
    fraction: Annotated[float, Field(ge=0, le=1)]
    frame_url: str | None = None


class CancelJobs(Message):
    """Drop these jobs: those that run end at once, those that come later are not begun."""

    job_ids: tuple[str, ...]


MESSAGES: dict[str, type[Message]] = {
    kind.__name__: kind
    for kind in (
        AnalyzeAudio, EmbedAudio, LayOutSounds, PlaceSounds, ClusterSounds,
        AudioAnalyzed, AudioEmbedded, SoundsLaidOut, SoundsPlaced, SoundsClustered,
        JobFailed, JobCancelled, ServiceAnnounced,
        JobProgressed, CancelJobs,
    )
}  # fmt: skip


class Envelope(Model):
    """One message on its way: attributes as in CloudEvents 1.0, with ours for order and recovery.

    Attributes
    ----------
    attempt
        How often main_app has sent this job. An event of an older attempt than the job's is dropped.
    idempotencykey
        Equal for two messages that say the same thing; the queue and the inbox drop the second.
    delivery
        Of an event: how often the queue had given out the command when its sender got it. An event of an
        older delivery than the newest that was heard of comes from a worker that has lost its lease.
    causation
        The `id` of the message that this one answers.
    """

    specversion: Literal["1.0"] = "1.0"
    id: str = Field(default_factory=lambda: uuid4().hex)
    source: str
    type: str
    subject: str
    time: datetime = Field(default_factory=lambda: datetime.now(UTC))
    datacontenttype: Literal["application/json"] = "application/json"
    dataversion: int = 1
    traceparent: str | None = None
    attempt: int = Field(default=1, ge=1)
    delivery: int = Field(default=1, ge=1)
    idempotencykey: str
    causation: str | None = None
    data: dict[str, Any]

    @property
    def job_id(self) -> str:
        """The job that it is about; empty when it is about none. Known even where the rest is not."""
        job_id = self.data.get("job_id", "")
        return job_id if isinstance(job_id, str) else ""

    @property
    def message(self) -> Message:
        """The payload as its own type.

        Raises
        ------
        CorruptError
            When `type` or `dataversion` is unknown here, or `data` does not fit it.
        """
        kind = MESSAGES.get(self.type)
        if kind is None or kind.version != self.dataversion:
            raise CorruptError(
                f"message {self.id} is a {self.type!r} of version {self.dataversion}, which is unknown here: "
                "bring sender and receiver to the same release"
            )
        try:
            return kind.model_validate(self.data)
        except ValidationError as error:
            raise CorruptError(f"message {self.id} is no valid {self.type}: {error}") from error

    def encode(self) -> bytes:
        """Give the message as bytes.

        Raises
        ------
        LimitError
            When it is larger than `MAX_MESSAGE_BYTES`: what is large belongs into a blob.
        """
        encoded = self.model_dump_json(exclude_none=True).encode()
        if len(encoded) > MAX_MESSAGE_BYTES:
            raise LimitError(f"a {self.type} of {len(encoded)} bytes; at most {MAX_MESSAGE_BYTES} may travel")
        return encoded


def wrap(
    message: Message,
    *,
    source: str,
    subject: str,
    idempotency_key: str,
    attempt: int = 1,
    delivery: int = 1,
    causation: str | None = None,
    traceparent: str | None = None,
) -> Envelope:
    """Put a message into an envelope."""
    return Envelope(
        source=source,
        type=type(message).__name__,
        dataversion=message.version,
        subject=subject,
        idempotencykey=idempotency_key,
        attempt=attempt,
        delivery=delivery,
        causation=causation,
        traceparent=traceparent,
        data=message.model_dump(mode="json"),
    )


def decode(encoded: bytes) -> Envelope:
    """Read an envelope.

    Raises
    ------
    CorruptError
        When the bytes are no envelope at all.
    """
    try:
        return Envelope.model_validate_json(encoded)
    except ValidationError as error:
        raise CorruptError(f"{len(encoded)} bytes that are no message: {error}") from error


def command_subject(service: str, lane: Lane) -> str:
    return f"cmd.{service}.{lane}"


def consumer_name(service: str, lane: Lane) -> str:
    """Name of the durable consumer through which the workers of a service pull one lane."""
    return f"{service}_{lane}"


def event_subject(service: str, event: type[Event]) -> str:
    """Give for example ``evt.audio_analyzer.audio_analyzed``."""
    words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in event.__name__)
    return f"evt.{service}.{words.lstrip('_')}"


def progress_subject(service: str, job_id: str) -> str:
    return f"progress.{service}.{job_id}"


def cancel_subject(service: str) -> str:
    return f"cancel.{service}"


def dead_subject(command: str) -> str:
    return f"dead.{command}"


def wake_subject(process: str) -> str:
    return f"wake.{process}"


def analysis_key(content_hash: str, node_version: int) -> str:
    """Key of the blob that holds what was measured in one sound (`AnalysisDocument`, JSON).

    Its preview stands beside it, under the same key with ``.preview`` in the place of ``.json``.
    """
    return f"analysis/{content_hash[:2]}/{content_hash}/v{node_version}.json"


def preview_key(content_hash: str, node_version: int) -> str:
    """Key of the blob that holds the sound's preview clip."""
    return analysis_key(content_hash, node_version).removesuffix(".json") + ".preview"


def embedding_key(content_hash: str, node_type: str, node_version: int) -> str:
    """Key of the blob that holds what an embedding model made of one sound (`EmbeddingDocument`, JSON)."""
    return f"embedding/{node_type}/{content_hash[:2]}/{content_hash}/v{node_version}.json"
