"""Decides what is to be done with each file of a run: nothing, because its sound is known, or analysis."""

from collections.abc import Sequence

from django.conf import settings
from django.utils import timezone

from integrations.core.interface import Integration
from services.main_app.pipelines.graph import pipeline_of
from services.main_app.pipelines.models import Run, RunItem
from services.main_app.pipelines.slicing import SLICED_BATCH_FILES, place_known_slices, slicing_of
from services.main_app.pipelines.sound_nodes import (
    SoundNode,
    create_batch_job,
    look_ahead,
    sound_nodes,
    vector_node,
)
from services.main_app.sources.models import AudioFile
from services.main_app.sources.scan import Arrival
from shared.python import models as shared_models
from shared.python.errors import ConfigError, TonotopeError
from shared.python.messages import MAX_MESSAGE_BYTES
from shared.python.models import FailureCode

BATCH_BYTES = 16 * 1024 * 1024
MESSAGE_BYTES = MAX_MESSAGE_BYTES // 2
"""How much of a message the files may fill: paths can be long, and one name of many bytes is legal."""


class Intake:
    """Takes the files of one run in, batch by batch, each in the caller's transaction."""

    def __init__(self, run: Run, integration: Integration) -> None:
        pipeline = pipeline_of(run)
        self._run, self._integration = run, integration
        self._nodes = sound_nodes(pipeline)
        vector_node(pipeline)  # a pipeline without one is told now, and not when all sounds have been heard

    def take(self, files: Sequence[AudioFile], arrivals: Sequence[Arrival] = ()) -> None:
        """Give each file an outcome, or put it on its way to one. Files that have one already are left alone.

        Parameters
        ----------
        arrivals
            How the files were read, in the same order, when they were read in this run.
        """
        reasons = {file.pk: arrival for file, arrival in zip(files, arrivals, strict=False) if arrival.code}
        ids = [file.pk for file in files]
        taken = set(self._run.items.filter(audio_file__in=ids).values_list("audio_file_id", flat=True))
        fresh = [file for file in files if file.pk not in taken]
        hashes = {file.content_hash for file in fresh if file.content_hash}
        ahead = look_ahead(hashes, self._nodes, retry_failed=self._run.retry_failed)
        # By a query within the query: of a join, SQLite begins at the wrong end, with all items of the run.
        alike = AudioFile.objects.filter(content_hash__in=hashes)
        in_this_run = set(
            self._run.items.filter(audio_file__in=alike).values_list("audio_file__content_hash", flat=True)
        )
        items: list[RunItem] = []
        waiting: dict[str, list[AudioFile]] = {each.node.name: [] for each in self._nodes}
        for file in fresh:
            item = RunItem(run=self._run, audio_file=file, finished_at=timezone.now())
            if file.pk in reasons:
                item.outcome, item.code = RunItem.Outcome.FAILED, reasons[file.pk].code
                item.message = reasons[file.pk].message
            elif not file.content_hash:
                item.outcome, item.code = RunItem.Outcome.FAILED, FailureCode.UNAVAILABLE
                item.message = "The source could not be read to the end, and this file was never read before"
            elif file.content_hash in in_this_run:
                item.outcome, item.message = RunItem.Outcome.SKIPPED, "Has the same bytes as another file"
            elif (failure := ahead[file.content_hash].failure) is not None:
                item.outcome, item.code = RunItem.Outcome.FAILED, failure.code
                item.message = failure.message
            elif (node := ahead[file.content_hash].node) is None:
                item.outcome, item.message = RunItem.Outcome.SKIPPED, "Known already"
            else:
                item.finished_at = None
                waiting[node.node.name].append(file)
            in_this_run.add(file.content_hash)
            items.append(item)
        RunItem.objects.bulk_create(items)
        for each in self._nodes:
            place_known_slices(self._run.source, fresh, each.node, each.spec)
        for node in self._nodes:
            self._create_jobs(node, waiting[node.node.name])

    def _create_jobs(self, node: SoundNode, files: Sequence[AudioFile]) -> None:
        is_sliced = slicing_of(node.node, node.spec).is_wanted
        most = SLICED_BATCH_FILES if is_sliced else settings.ANALYZE_BATCH_FILES
        batch: list[shared_models.AudioFile] = []
        n_bytes = message_bytes = 0
        for file in files:
            try:
                described = self._as_services_see(file)
            except TonotopeError as error:
                self._fail(file, error)
                continue
            described_bytes = len(described.model_dump_json())
            is_full = (
                len(batch) >= most
                or n_bytes + file.size_bytes > BATCH_BYTES
                or message_bytes + described_bytes > MESSAGE_BYTES
            )
            if batch and is_full:
                self._create_job(node, batch)
                batch, n_bytes, message_bytes = [], 0, 0
            batch.append(described)
            n_bytes += file.size_bytes
            message_bytes += described_bytes
        if batch:
            self._create_job(node, batch)

    def _fail(self, file: AudioFile, error: TonotopeError) -> None:
        self._run.items.filter(audio_file=file).update(
            outcome=RunItem.Outcome.FAILED,
            code=FailureCode.NOT_FOUND,
            message=error.message,
            finished_at=timezone.now(),
        )

    def _as_services_see(self, file: AudioFile) -> shared_models.AudioFile:
        url = self._integration.in_place_url(file.ref)
        if url is None:
            raise ConfigError(f"{self._run.source.provider} gives no URL under which {file.path} can be read")
        return shared_models.AudioFile(
            content_hash=file.content_hash, url=url, path=file.path, size_bytes=file.size_bytes
        )

    def _create_job(self, node: SoundNode, batch: Sequence[shared_models.AudioFile]) -> None:
        create_batch_job(self._run, node, [file.model_dump(mode="json") for file in batch])
