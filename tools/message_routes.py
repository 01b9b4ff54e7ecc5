"""How every message travels: on which subject, from whom to whom, and an example of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.main_app.jobs.topology import DEAD_DAYS, EVENT_DAYS
from shared.python import messages as m
from shared.python.models import (
    AudioFile,
    DescriptorSpec,
    FailureCode,
    Lane,
    NodeKind,
    NodeSpec,
    Outcome,
)

HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
JOB = "3f2504e04f8941d39a0c0305e82c3301"

_DELIVERY = {
    "cmd": "at least once, work queue, on lease",
    "evt": f"at least once, kept {EVENT_DAYS} days",
    "dead": f"at least once, kept {DEAD_DAYS} days",
    "progress": "lossy broadcast",
    "cancel": "broadcast",
    "wake": "lossy broadcast",
}


@dataclass(frozen=True, slots=True)
class Route:
    """How one message travels: a subject with its variable parts in braces, and an example of it."""

    subject: str
    sender: str
    receiver: str
    example: m.Message

    @property
    def name(self) -> str:
        return type(self.example).__name__

    @property
    def delivery(self) -> str:
        return _DELIVERY[self.subject.split(".")[0]]


def _command(service: str, example: m.Command) -> Route:
    subject = m.command_subject(service, Lane.BULK).replace(Lane.BULK, "{lane}")
    return Route(subject, "main_app", service, example)


def _event(service: str, example: m.Event) -> Route:
    return Route(m.event_subject(service, type(example)), service, "main_app", example)


ANALYZER, LAYOUTS, ANY = "audio_analyzer", "umap_service", "{service}"
NODE = NodeSpec(
    type="analyze_audio",
    kind=NodeKind.ANALYZE,
    title="Descriptors",
    version=1,
    service=ANALYZER,
    inputs=("sounds",),
    output="descriptors",
    descriptors=(
        DescriptorSpec(
            name="duration_s",
            title="Duration",
            group="File",
            unit="s",
            scale="log",
            description="Length of the decoded sound.",
        ),
    ),
)
FILE = AudioFile(
    content_hash=HASH, url="file:///sounds/Drums/Kick%2007.wav", path="Drums/Kick 07.wav", size_bytes=48_312
)
ROUTES = (
    _command(ANALYZER, m.AnalyzeAudio(job_id=JOB, files=(FILE,), node_version=1)),
    _command(
        ANALYZER,
        m.EmbedAudio(job_id=JOB, files=(FILE,), node_type="embed_birds", node_version=1_190_494_759),
    ),
    _command(
        LAYOUTS,
        m.LayOutSounds(
            job_id=JOB,
            matrix_url="blob:layouts/1/1/matrix.npy",
            output_prefix="layouts/1/1",
            parameters={"n_neighbors": 15, "min_dist": 0.1},
        ),
    ),
    _command(
        LAYOUTS,
        m.PlaceSounds(
            job_id=JOB,
            matrix_url="blob:layouts/1/1/matrix.npy",
            layout_url="blob:layouts/1/1/coordinates.npy",
            new_matrix_url="blob:layouts/1/2/new_matrix.npy",
            output_prefix="layouts/1/2",
        ),
    ),
    _command(
        LAYOUTS,
        m.ClusterSounds(
            job_id=JOB, layout_url="blob:layouts/1/1/coordinates.npy", output_prefix="layouts/1/1"
        ),
    ),
    _event(
        ANALYZER,
        m.AudioAnalyzed(
            job_id=JOB,
            files=(
                m.AnalyzedFile(
                    content_hash=HASH,
                    outcome=Outcome.ANALYZED,
                    result_url=f"blob:{m.analysis_key(HASH, 1)}",
                ),
                m.AnalyzedFile(
                    content_hash=HASH[::-1],
                    outcome=Outcome.FAILED,
                    code=FailureCode.NOT_AUDIO,
                    message="These bytes are no sound",
                ),
            ),
        ),
    ),
    _event(
        ANALYZER,
        m.AudioEmbedded(
            job_id=JOB,
            files=(
                m.AnalyzedFile(
                    content_hash=HASH,
                    outcome=Outcome.ANALYZED,
                    result_url=f"blob:{m.embedding_key(HASH, 'embed_birds', 1_190_494_759)}",
                ),
            ),
        ),
    ),
    _event(LAYOUTS, m.SoundsLaidOut(job_id=JOB, layout_url="blob:layouts/1/1/layout.npy", seconds=1.9)),
    _event(LAYOUTS, m.SoundsPlaced(job_id=JOB, layout_url="blob:layouts/1/2/layout.npy", seconds=0.2)),
    _event(
        LAYOUTS,
        m.SoundsClustered(job_id=JOB, labels_url="blob:layouts/1/1/clusters.npy", n_clusters=9, seconds=0.1),
    ),
    _event(
        ANY,
        m.JobFailed(
            job_id=JOB,
            code="crashed",
            message="The process that worked on it ended (SIGSEGV)",
            retryable=True,
        ),
    ),
    _event(ANY, m.JobCancelled(job_id=JOB)),
    _event(ANY, m.ServiceAnnounced(service=ANALYZER, node_specs=(NODE,))),
    Route(
        m.progress_subject(ANY, "{job}"),
        ANY,
        "main_app",
        m.JobProgressed(job_id=JOB, attempt=1, fraction=0.4, frame_url="blob:layouts/1/1/frames/7.npy"),
    ),
    Route(m.cancel_subject(ANY), "main_app", ANY, m.CancelJobs(job_ids=(JOB,))),
)


@dataclass(frozen=True, slots=True)
class Signal:
    """What travels on a subject without being a message of its own.

    Attributes
    ----------
    headers
        Headers that it has, each with an example.
    carries
        The message in its envelope, as it came; ``None`` where the body is empty.
    """

    name: str
    subject: str
    sender: str
    receiver: str
    about: str
    headers: Mapping[str, str] = field(default_factory=dict)
    carries: Route | None = None

    @property
    def delivery(self) -> str:
        return _DELIVERY[self.subject.split(".")[0]]


SIGNALS = (
    Signal(
        "DeadLetter",
        m.dead_subject(ROUTES[0].subject.replace(ANALYZER, ANY)),
        ANY,
        "main_app",
        "A command that was given up, byte for byte as it came, so that it can be looked at. Its job has "
        "failed, or it cannot be told which one it was. A job is tried again from its row, not from here.",
        headers={m.REASON_HEADER: "ChildDiedError('The process that worked on it ended (SIGSEGV)')"},
        carries=ROUTES[0],
    ),
    Signal(
        "Doorbell",
        m.wake_subject("{process}"),
        "main_app",
        "main_app",
        "There is something to do. Whoever listens looks from time to time all the same, so it may get lost.",
    ),
)
