"""The main job in main_app alone: what services would say is said by the test."""

from pathlib import Path

import pytest

from services.main_app.analyses.models import Analysis
from services.main_app.jobs.models import Job
from services.main_app.maps.models import Layout, SoundMap
from services.main_app.pipelines import layout_step
from services.main_app.pipelines.models import Run
from services.main_app.pipelines.runs import (
    advance_open_runs,
    cancel_run,
    failures_of,
    outcome_counts,
    start_layout_run,
    start_run,
)
from services.main_app.pipelines.scanning import claim, scan_run
from services.main_app.sources.models import Source
from services.main_app.tests.made_documents import hash_of
from services.main_app.tests.made_services import Services, write
from shared.python.messages import JobFailed
from shared.python.storage import Storage

pytestmark = pytest.mark.django_db


def the_map() -> SoundMap:
    return SoundMap.objects.get()


def points(blobs: Storage) -> dict[str, tuple[float, float]]:
    """Give the coordinates of each sound on the map by its hash."""
    layout = the_map().layout
    assert layout is not None
    hashes = blobs.get_array(layout.hashes_url)
    coordinates = blobs.get_array(layout.coordinates_url)
    return {bytes(h).hex(): tuple(map(float, xy)) for h, xy in zip(hashes, coordinates, strict=True)}


def test_a_folder_becomes_a_map(world: Services, source: Source, folder: Path, blobs: Storage) -> None:
    write(folder, "a", "b", "c")
    world.refused = {"b.wav"}
    run = start_run(source)
    world.do_all()
    run.refresh_from_db()
    assert run.state == Run.State.DONE
    assert outcome_counts(run) == {"files": 3, "analyzed": 2, "failed": 1, "skipped": 0, "waiting": 0}
    assert failures_of(run) == [{"path": "b.wav", "code": "not_audio", "message": "That is text"}]
    assert set(points(blobs)) == {hash_of(b"sound of a"), hash_of(b"sound of c")}
    layout = the_map().layout
    assert layout is not None
    assert (layout.kind, layout.state, len(layout.clusters)) == (Layout.Kind.FIT, Layout.State.READY, 1)
    assert layout.clusters[0]["size"] == 2


def test_a_second_run_changes_nothing(world: Services, source: Source, folder: Path) -> None:
    write(folder, "a", "b")
    start_run(source)
    world.do_all()
    n_jobs, layout = Job.objects.count(), the_map().layout
    run = start_run(source)
    world.do_all()
    run.refresh_from_db()
    assert outcome_counts(run) == {"files": 2, "analyzed": 0, "failed": 0, "skipped": 2, "waiting": 0}
    assert (run.state, Job.objects.count(), the_map().layout) == (Run.State.DONE, n_jobs, layout)


def test_new_sounds_are_placed_and_old_points_stay_where_they_are(
    world: Services, source: Source, folder: Path, blobs: Storage
) -> None:
    write(folder, "a", "b", "c")
    start_run(source)
    world.do_all()
    map_id, before = the_map().pk, points(blobs)
    write(folder, "d")
    (folder / "b.wav").unlink()
    start_run(source)
    world.do_all()
    after = points(blobs)
    assert the_map().pk == map_id
    assert set(after) == {hash_of(f"sound of {name}".encode()) for name in "acd"}
    for name in "ac":
        assert after[hash_of(f"sound of {name}".encode())] == before[hash_of(f"sound of {name}".encode())]
    layout = the_map().layout
    assert layout is not None
    assert (layout.kind, layout.version) == (Layout.Kind.PLACE, 2)


def test_a_renamed_file_costs_no_analysis_and_keeps_its_place(
    world: Services, source: Source, folder: Path, blobs: Storage
) -> None:
    write(folder, "a", "b")
    start_run(source)
    world.do_all()
    before = points(blobs)
    (folder / "a.wav").rename(folder / "renamed.wav")
    run = start_run(source)
    world.do_all()
    assert outcome_counts(run)["analyzed"] == 0
    assert points(blobs) == before
    layout = the_map().layout
    assert layout is not None
    paths = {source.files.get(pk=pk).path for pk in blobs.get_array(layout.rows_url)}
    assert paths == {"renamed.wav", "b.wav"}


def test_previews_come_while_sounds_are_still_heard(
    world: Services, source: Source, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout_step, "PREVIEW_FROM", 4)
    write(folder, *(str(number) for number in range(40)))
    start_run(source)
    world.do_all()
    kinds = list(Layout.objects.order_by("version").values_list("kind", flat=True))
    assert kinds[0] == Layout.Kind.PREVIEW
    assert kinds[-1] == Layout.Kind.FIT
    assert the_map().layout == Layout.objects.get(kind=Layout.Kind.FIT)


def test_a_preview_that_comes_late_does_not_replace_the_layout(
    world: Services, source: Source, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout_step, "PREVIEW_FROM", 2)
    write(folder, *(str(number) for number in range(20)))
    start_run(source)
    run = claim()
    assert run is not None
    scan_run(run)
    for job in Job.objects.filter(command="AnalyzeAudio").order_by("created_at"):
        world.do(job)
    preview, fit = Job.objects.filter(command="LayOutSounds").order_by("created_at")
    world.do(fit)
    world.do(preview)
    layout = the_map().layout
    assert layout is not None
    assert layout.kind == Layout.Kind.FIT


def test_a_job_that_failed_for_good_fails_its_files(world: Services, source: Source, folder: Path) -> None:
    write(folder, "a", "b")
    run = start_run(source)
    claimed = claim()
    assert claimed is not None
    scan_run(claimed)
    job = Job.objects.get()
    world.end(job, JobFailed(job_id=job.id, code="lost", message="No worker finished it"))
    run.refresh_from_db()
    assert run.state == Run.State.DONE
    assert outcome_counts(run)["failed"] == 2
    assert {failure["message"] for failure in failures_of(run)} == {"No worker finished it"}


def test_a_layout_that_failed_fails_the_run_and_keeps_what_was_measured(
    world: Services, source: Source, folder: Path
) -> None:
    write(folder, "a", "b")
    run = start_run(source)
    claimed = claim()
    assert claimed is not None
    scan_run(claimed)
    world.do(Job.objects.get(command="AnalyzeAudio"))
    job = Job.objects.get(command="LayOutSounds")
    world.end(job, JobFailed(job_id=job.id, code="error", message="out of luck"))
    run.refresh_from_db()
    assert run.state == Run.State.FAILED
    assert "out of luck" in run.message
    assert Analysis.objects.filter(state="analyzed").count() == 2
    again = start_run(source)
    world.do_all()
    again.refresh_from_db()
    assert again.state == Run.State.DONE
    assert the_map().layout is not None


def test_a_map_without_groups_is_still_a_map_and_says_so(
    world: Services, source: Source, folder: Path
) -> None:
    write(folder, "a", "b")
    run = start_run(source)
    claimed = claim()
    assert claimed is not None
    scan_run(claimed)
    world.do(Job.objects.get(command="AnalyzeAudio"))
    world.do(Job.objects.get(command="LayOutSounds"))
    job = Job.objects.get(command="ClusterSounds")
    world.end(job, JobFailed(job_id=job.id, code="error", message="no idea"))
    run.refresh_from_db()
    assert run.state == Run.State.DONE
    assert "groups" in run.message


def test_laying_out_again_gives_a_new_version(world: Services, source: Source, folder: Path) -> None:
    write(folder, "a", "b", "c")
    start_run(source)
    world.do_all()
    run = start_layout_run(the_map(), parameters={"min_dist": 0.5})
    world.do_all()
    run.refresh_from_db()
    layout = the_map().layout
    assert layout is not None
    assert (run.state, layout.version, layout.kind) == (Run.State.DONE, 2, Layout.Kind.FIT)
    assert layout.parameters["min_dist"] == 0.5


def test_one_run_at_a_time(source: Source) -> None:
    assert start_run(source) == start_run(source)


def test_cancelling_ends_everything(world: Services, source: Source, folder: Path) -> None:
    write(folder, "a")
    run = start_run(source)
    claimed = claim()
    assert claimed is not None
    scan_run(claimed)
    cancel_run(run)
    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED
    assert Job.objects.get().state == Job.State.CANCELLED
    advance_open_runs()
    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED


def test_what_an_event_should_have_moved_on_is_caught_up_with(
    world: Services, source: Source, folder: Path
) -> None:
    write(folder, "a")
    run = start_run(source)
    world.do_all()
    Run.objects.filter(pk=run.pk).update(state=Run.State.ANALYZING, finished_at=None)
    advance_open_runs()
    run.refresh_from_db()
    assert run.state == Run.State.DONE
