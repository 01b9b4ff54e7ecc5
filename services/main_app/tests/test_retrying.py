"""One job again, or no more: what becomes of its files and of its run."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from services.main_app.jobs.lifecycle import create_job, finish, mark_sent
from services.main_app.jobs.models import MAX_ATTEMPTS, Job, OutboxMessage
from services.main_app.maps.models import Layout, SoundMap
from services.main_app.pipelines import layout_step
from services.main_app.pipelines.events import STOPPED, stop_job
from services.main_app.pipelines.models import Run
from services.main_app.pipelines.retrying import retry_job
from services.main_app.pipelines.runs import (
    advance_open_runs,
    cancel_run,
    failures_of,
    outcome_counts,
    start_layout_run,
    start_run,
)
from services.main_app.sources.models import Source
from services.main_app.tests.made_services import Services, fail, job_of, scanned, write
from shared.python.errors import ConflictError
from shared.python.messages import CancelJobs, ClusterSounds, decode
from shared.python.models import Lane

pytestmark = pytest.mark.django_db


def counts(run: Run) -> dict[str, int]:
    return {name: n for name, n in outcome_counts(run).items() if n}


class TestSounds:
    def test_a_run_that_is_over_is_reopened_and_ends_with_the_map(
        self, world: Services, source: Source, folder: Path
    ) -> None:
        write(folder, "a", "b", "c")
        run = scanned(source)
        job = job_of("AnalyzeAudio")
        fail(world, job)
        run.refresh_from_db()
        assert (run.state, counts(run)) == (Run.State.DONE, {"files": 3, "failed": 3})
        again = retry_job(job)
        assert again is not None
        run.refresh_from_db()
        assert (again.id, again.state, again.attempt) == (job.id, Job.State.WAITING, 2)
        assert (again.last_attempt, again.message) == (1 + MAX_ATTEMPTS, "")
        assert decode(bytes(OutboxMessage.objects.get(job=again).body)).attempt == 2
        assert (run.state, run.finished_at, counts(run)) == (
            Run.State.ANALYZING,
            None,
            {"files": 3, "waiting": 3},
        )
        world.do_all()
        run.refresh_from_db()
        assert (run.state, counts(run)) == (Run.State.DONE, {"files": 3, "analyzed": 3})
        layout = SoundMap.objects.get().layout
        assert layout is not None
        assert layout.n_points == 3

    def test_what_the_first_try_still_says_is_not_listened_to(
        self, world: Services, source: Source, folder: Path
    ) -> None:
        write(folder, "a")
        run = scanned(source)
        job = job_of("AnalyzeAudio")
        fail(world, job)
        retry_job(job)
        assert finish(job.id, attempt=1, state=Job.State.FAILED, message="late") is None
        assert counts(run) == {"files": 1, "waiting": 1}

    def test_sounds_that_come_late_get_groups_as_well(
        self, world: Services, source: Source, folder: Path, settings: Settings
    ) -> None:
        settings.ANALYZE_BATCH_FILES = 2
        write(folder, "a", "b", "c")
        run = scanned(source)
        first, second = Job.objects.filter(command="AnalyzeAudio").order_by("created_at")
        world.do(first)
        fail(world, second)
        world.do_all()
        run.refresh_from_db()
        assert (run.state, counts(run)) == (Run.State.DONE, {"files": 3, "analyzed": 2, "failed": 1})
        retry_job(second)
        world.do_all()
        run.refresh_from_db()
        layout = SoundMap.objects.get().layout
        assert layout is not None
        assert (run.state, counts(run)) == (Run.State.DONE, {"files": 3, "analyzed": 3})
        assert (layout.kind, layout.n_points, len(layout.clusters)) == (Layout.Kind.PLACE, 3, 1)

    def test_of_a_run_that_goes_on_the_files_wait_again(
        self, world: Services, source: Source, folder: Path, settings: Settings
    ) -> None:
        settings.ANALYZE_BATCH_FILES = 1
        write(folder, "a", "b")
        run = scanned(source)
        first, _ = Job.objects.filter(command="AnalyzeAudio").order_by("created_at")
        fail(world, first)
        retry_job(first)
        run.refresh_from_db()
        assert (run.state, counts(run)) == (Run.State.ANALYZING, {"files": 2, "waiting": 2})
        world.do_all()
        run.refresh_from_db()
        assert (run.state, counts(run)) == (Run.State.DONE, {"files": 2, "analyzed": 2})

    def test_while_the_map_is_drawn_sounds_have_to_wait(
        self, world: Services, source: Source, folder: Path, settings: Settings
    ) -> None:
        settings.ANALYZE_BATCH_FILES = 1
        write(folder, "a", "b")
        scanned(source)
        first, second = Job.objects.filter(command="AnalyzeAudio").order_by("created_at")
        fail(world, first)
        world.do(second)
        with pytest.raises(ConflictError, match="being drawn"):
            retry_job(first)

    def test_a_run_that_was_cancelled_ends_although_most_of_it_stays_undone(
        self, world: Services, source: Source, folder: Path, settings: Settings
    ) -> None:
        settings.ANALYZE_BATCH_FILES = 1
        write(folder, "a", "b", "c")
        run = scanned(source)
        cancel_run(run)
        retry_job(Job.objects.order_by("created_at")[0])
        assert counts(run) == {"files": 3, "failed": 2, "waiting": 1}
        assert {failure["message"] for failure in failures_of(run)} == {STOPPED}
        world.do_all()
        run.refresh_from_db()
        assert (run.state, counts(run)) == (Run.State.DONE, {"files": 3, "analyzed": 1, "failed": 2})

    def test_another_run_of_the_source_goes_first(
        self, world: Services, source: Source, folder: Path
    ) -> None:
        write(folder, "a")
        scanned(source)
        job = job_of("AnalyzeAudio")
        fail(world, job)
        other = start_run(source)
        with pytest.raises(ConflictError, match=f"Run {other.pk} "):
            retry_job(job)
        job.refresh_from_db()
        assert job.state == Job.State.FAILED

    def test_nothing_is_tried_again_that_is_done_or_open(
        self, world: Services, source: Source, folder: Path
    ) -> None:
        write(folder, "a")
        scanned(source)
        job = job_of("AnalyzeAudio")
        with pytest.raises(ConflictError, match="not ended"):
            retry_job(job)
        world.do(job)
        with pytest.raises(ConflictError, match="done"):
            retry_job(job)

    def test_a_source_that_was_removed_has_nothing_to_try(
        self, world: Services, source: Source, folder: Path
    ) -> None:
        write(folder, "a")
        scanned(source)
        job = job_of("AnalyzeAudio")
        fail(world, job)
        source.delete()
        with pytest.raises(ConflictError, match="removed"):
            retry_job(job)


class TestLayouts:
    @pytest.fixture
    def run(self, world: Services, source: Source, folder: Path) -> Run:
        write(folder, "a", "b", "c")
        run = scanned(source)
        world.do(job_of("AnalyzeAudio"))
        return run

    def test_a_layout_is_begun_anew(self, world: Services, run: Run) -> None:
        job = job_of("LayOutSounds")
        fail(world, job, "out of luck")
        run.refresh_from_db()
        assert run.state == Run.State.FAILED
        again = retry_job(job)
        assert again is not None
        run.refresh_from_db()
        assert (again.id != job.id, again.command, run.state) == (True, "LayOutSounds", Run.State.LAYING_OUT)
        assert (run.message, run.finished_at) == ("", None)
        world.do_all()
        run.refresh_from_db()
        layout = SoundMap.objects.get().layout
        assert layout is not None
        assert (run.state, layout.version, len(layout.clusters)) == (Run.State.DONE, 2, 1)

    def test_the_wishes_for_a_layout_are_kept(self, world: Services, run: Run) -> None:
        world.do_all()
        again = start_layout_run(SoundMap.objects.get(), parameters={"min_dist": 0.5})
        job = job_of("LayOutSounds")
        fail(world, job)
        retry_job(job)
        world.do_all()
        again.refresh_from_db()
        layout = SoundMap.objects.get().layout
        assert layout is not None
        assert (again.state, layout.parameters["min_dist"]) == (Run.State.DONE, 0.5)

    def test_a_map_that_is_up_to_date_needs_no_work(self, world: Services, source: Source, run: Run) -> None:
        job = job_of("LayOutSounds")
        fail(world, job)
        start_run(source)
        world.do_all()
        before = SoundMap.objects.get().layout
        assert retry_job(job) is None
        run.refresh_from_db()
        assert (run.state, SoundMap.objects.get().layout) == (Run.State.DONE, before)

    def test_a_preview_is_left_to_the_run(
        self,
        world: Services,
        source: Source,
        folder: Path,
        settings: Settings,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(layout_step, "PREVIEW_FROM", 2)
        settings.ANALYZE_BATCH_FILES = 2
        write(folder, *"abcd")
        scanned(source)
        world.do(Job.objects.filter(command="AnalyzeAudio").order_by("created_at")[0])
        preview = job_of("LayOutSounds")
        fail(world, preview)
        with pytest.raises(ConflictError, match="preview"):
            retry_job(preview)

    def test_groups_are_looked_for_again_among_the_same_points(self, world: Services, run: Run) -> None:
        world.do(job_of("LayOutSounds"))
        before = SoundMap.objects.get().layout
        job = job_of("ClusterSounds")
        fail(world, job, "no idea")
        run.refresh_from_db()
        assert (run.state, "groups" in run.message) == (Run.State.DONE, True)
        assert retry_job(job) == job
        world.do_all()
        run.refresh_from_db()
        layout = SoundMap.objects.get().layout
        assert layout is not None
        assert (run.state, run.message, layout, len(layout.clusters)) == (Run.State.DONE, "", before, 1)

    def test_groups_of_points_that_nobody_sees_any_more(
        self, world: Services, run: Run, source: Source, folder: Path
    ) -> None:
        world.do(job_of("LayOutSounds"))
        job = job_of("ClusterSounds")
        fail(world, job)
        write(folder, "d")
        start_run(source)
        world.do_all()
        with pytest.raises(ConflictError, match="drawn anew"):
            retry_job(job)


def test_a_job_of_no_run_is_simply_sent_again() -> None:
    payload = {"layout_url": "blob:a", "output_prefix": "b", "parameters": {}}
    job = create_job(
        ClusterSounds, service="umap_service", lane=Lane.BULK, node="n", payload=payload, run_id=None
    )
    finish(job.id, attempt=1, state=Job.State.FAILED, message="broken")
    again = retry_job(job)
    assert again is not None
    assert (again.state, again.attempt, again.outbox.count()) == (Job.State.WAITING, 2, 1)


class TestStopping:
    def test_the_worker_is_told_and_the_run_goes_on(
        self, world: Services, source: Source, folder: Path, settings: Settings
    ) -> None:
        settings.ANALYZE_BATCH_FILES = 1
        write(folder, "a", "b")
        run = scanned(source)
        job = Job.objects.order_by("created_at")[0]
        mark_sent([(row, 3) for row in job.outbox.all()])
        stop_job(job)
        job.refresh_from_db()
        assert (job.state, job.finished_at is not None) == (Job.State.CANCELLED, True)
        [told] = OutboxMessage.objects.filter(job=None)
        assert decode(bytes(told.body)).message == CancelJobs(job_ids=(job.id,))
        run.refresh_from_db()
        assert (run.state, counts(run)) == (Run.State.ANALYZING, {"files": 2, "failed": 1, "waiting": 1})
        assert [failure["message"] for failure in failures_of(run)] == [STOPPED]
        world.do_all()
        run.refresh_from_db()
        assert (run.state, counts(run)) == (Run.State.DONE, {"files": 2, "analyzed": 1, "failed": 1})

    def test_the_last_job_ends_the_run(self, world: Services, source: Source, folder: Path) -> None:
        write(folder, "a")
        run = scanned(source)
        world.do(job_of("AnalyzeAudio"))
        stop_job(job_of("LayOutSounds"))
        run.refresh_from_db()
        assert (run.state, run.message) == (
            Run.State.FAILED,
            "The map could not be laid out: the work was stopped",
        )

    def test_groups_that_nobody_wants_leave_a_map(
        self, world: Services, source: Source, folder: Path
    ) -> None:
        write(folder, "a")
        run = scanned(source)
        world.do(job_of("AnalyzeAudio"))
        world.do(job_of("LayOutSounds"))
        stop_job(job_of("ClusterSounds"))
        advance_open_runs()
        run.refresh_from_db()
        assert (run.state, "the work was stopped" in run.message) == (Run.State.DONE, True)

    def test_what_has_ended_cannot_be_stopped(self, world: Services, source: Source, folder: Path) -> None:
        write(folder, "a")
        run = scanned(source)
        job = job_of("AnalyzeAudio")
        world.do(job)
        with pytest.raises(ConflictError, match="ended already"):
            stop_job(job)
        assert counts(run) == {"files": 1, "analyzed": 1}
