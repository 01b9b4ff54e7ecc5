"""Plays the services without a queue: what they would answer is taken in at once."""

from pathlib import Path

import numpy as np

from services.main_app.jobs.lifecycle import finish
from services.main_app.jobs.models import Job
from services.main_app.pipelines.events import take_event
from services.main_app.pipelines.models import Run
from services.main_app.pipelines.runs import start_run
from services.main_app.pipelines.scanning import claim, scan_run
from services.main_app.sources.models import Source
from services.main_app.tests.made_documents import analyzed, embedded
from shared.python.messages import (
    AnalyzedFile,
    AudioAnalyzed,
    AudioEmbedded,
    Event,
    JobFailed,
    SoundsClustered,
    SoundsLaidOut,
    SoundsPlaced,
)
from shared.python.models import FailureCode, Outcome
from shared.python.storage import Storage


def write(folder: Path, *names: str) -> None:
    """Write sounds of these names, each with bytes of its own."""
    for name in names:
        (folder / f"{name}.wav").write_bytes(f"sound of {name}".encode())


class Services:
    """Plays the services: does each job that is open, at once."""

    def __init__(self, blobs: Storage, folder: Path) -> None:
        self._blobs, self._folder = blobs, folder
        self.refused: set[str] = set()
        self.deaf: set[str] = set()

    def end(self, job: Job, event: Event) -> None:
        state = Job.State.FAILED if isinstance(event, JobFailed) else Job.State.DONE
        message = event.message if isinstance(event, JobFailed) else ""
        ended = finish(job.id, attempt=job.attempt, state=state, message=message)
        assert ended is not None
        take_event(ended, event)

    def do(self, job: Job) -> None:
        payload, prefix = job.payload, job.payload.get("output_prefix", "")
        if job.command == "AnalyzeAudio":
            files = tuple(self._listen(file["path"], file["content_hash"]) for file in payload["files"])
            self.end(job, AudioAnalyzed(job_id=job.id, files=files))
        elif job.command == "EmbedAudio":
            files = tuple(
                embedded(self._blobs, file["content_hash"], payload["node_type"], payload["node_version"])
                if file["path"] not in self.deaf
                else self._refused(file["content_hash"])
                for file in payload["files"]
            )
            self.end(job, AudioEmbedded(job_id=job.id, files=files))
        elif job.command == "LayOutSounds":
            url = self._blobs.put_array(f"{prefix}/layout.npy", self._place(payload["matrix_url"]))
            self.end(job, SoundsLaidOut(job_id=job.id, layout_url=url, seconds=0))
        elif job.command == "PlaceSounds":
            url = self._blobs.put_array(f"{prefix}/layout.npy", self._place(payload["new_matrix_url"]) + 100)
            self.end(job, SoundsPlaced(job_id=job.id, layout_url=url, seconds=0))
        else:
            n = len(self._blobs.get_array(payload["layout_url"]))
            url = self._blobs.put_array(f"{prefix}/labels.npy", np.zeros(n, dtype=np.int32))
            self.end(job, SoundsClustered(job_id=job.id, labels_url=url, n_clusters=1, seconds=0))

    def do_all(self) -> None:
        while (run := claim()) is not None:
            scan_run(run)
        while (
            job := Job.objects.filter(state__in=Job.OPEN_STATES).order_by("created_at").first()
        ) is not None:
            self.do(job)

    def _listen(self, path: str, content_hash: str) -> AnalyzedFile:
        if path in self.refused:
            return self._refused(content_hash)
        return analyzed(self._blobs, (self._folder / path).read_bytes())

    def _refused(self, content_hash: str) -> AnalyzedFile:
        code = FailureCode.NOT_AUDIO
        return AnalyzedFile(
            content_hash=content_hash, outcome=Outcome.FAILED, code=code, message="That is text"
        )

    def _place(self, matrix_url: str) -> np.ndarray:
        return self._blobs.get_array(matrix_url)[:, :2]


def scanned(source: Source) -> Run:
    """Begin a run and scan its source to the end; its jobs are open then."""
    run = start_run(source)
    claimed = claim()
    assert claimed is not None
    scan_run(claimed)
    return run


def job_of(command: str) -> Job:
    """Give the newest job of a kind."""
    return Job.objects.filter(command=command).order_by("-created_at")[0]


def fail(world: Services, job: Job, message: str = "No worker finished it") -> None:
    world.end(job, JobFailed(job_id=job.id, code="lost", message=message))
