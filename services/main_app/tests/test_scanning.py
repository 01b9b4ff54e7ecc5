from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from services.main_app.analyses.models import Analysis
from services.main_app.jobs.models import Job
from services.main_app.nodes.models import NodeType
from services.main_app.pipelines import intake
from services.main_app.pipelines.graph import doubt_announcements, store_announcement
from services.main_app.pipelines.models import Run
from services.main_app.pipelines.runs import cancel_run, failures_of, outcome_counts, start_run
from services.main_app.pipelines.scanning import claim, scan_run
from services.main_app.sources.models import Source
from services.main_app.tests.made_documents import NODE_VERSION, hash_of
from shared.python.messages import ServiceAnnounced
from shared.python.models import FailureCode, NodeSpec

pytestmark = pytest.mark.django_db


def scanned(run: Run) -> Run:
    claimed = claim()
    assert claimed == run
    scan_run(claimed)
    run.refresh_from_db()
    return run


def know(content: bytes, *, state: str = "analyzed", code: str = "") -> None:
    Analysis.objects.create(
        content_hash=hash_of(content),
        node_type="analyze_audio",
        node_version=NODE_VERSION,
        state=state,
        code=code,
        vector=b"\0" * 32,
    )


def sent_hashes() -> list[str]:
    return sorted(file["content_hash"] for job in Job.objects.all() for file in job.payload.get("files", ()))


def test_new_sounds_become_jobs_and_the_run_waits_for_them(run: Run, folder: Path) -> None:
    for number in range(150):
        (folder / f"{number}.wav").write_bytes(b"%d" % number)
    scanned(run)
    assert run.state == Run.State.ANALYZING
    assert (run.found, outcome_counts(run)["waiting"]) == (150, 150)
    # Small ones first, so that something is heard soon.
    assert list(Job.objects.order_by("created_at").values_list("n_files", flat=True)) == [16, 32, 64, 38]


def test_a_job_holds_no_more_files_than_is_wanted(run: Run, folder: Path, settings) -> None:
    settings.ANALYZE_BATCH_FILES = 10
    for number in range(16):
        (folder / f"{number}.wav").write_bytes(b"%d" % number)
    scanned(run)
    assert list(Job.objects.order_by("created_at").values_list("n_files", flat=True)) == [10, 6]


def test_a_large_file_has_a_job_of_its_own(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "BATCH_BYTES", 100)
    for name, size in (("a", 10), ("b", 500), ("c", 20)):
        (folder / f"{name}.wav").write_bytes(name.encode() * size)
    scanned(run)
    assert [job.n_files for job in Job.objects.order_by("created_at")] == [1, 1, 1]


def test_very_long_paths_still_fit_into_messages(run: Run, folder: Path) -> None:
    deep = folder
    for _ in range(8):
        deep = deep / ("♯" * 80)
    deep.mkdir(parents=True)
    for number in range(settings.ANALYZE_BATCH_FILES):
        (deep / f"{number}.wav").write_bytes(b"%d" % number)
    scanned(run)
    assert sum(Job.objects.values_list("n_files", flat=True)) == settings.ANALYZE_BATCH_FILES


def test_the_same_bytes_are_heard_once(run: Run, folder: Path) -> None:
    for name in ("a", "b", "c"):
        (folder / f"{name}.wav").write_bytes(b"same")
    scanned(run)
    assert sent_hashes() == [hash_of(b"same")]
    assert outcome_counts(run) == {"files": 3, "analyzed": 0, "failed": 0, "skipped": 2, "waiting": 1}


def test_what_is_known_is_not_heard_again(run: Run, folder: Path) -> None:
    know(b"known")
    (folder / "a.wav").write_bytes(b"known")
    (folder / "b.wav").write_bytes(b"new")
    scanned(run)
    assert sent_hashes() == [hash_of(b"new")]
    assert outcome_counts(run)["skipped"] == 1


def test_an_older_version_of_the_analyzer_does_not_count_as_known(run: Run, folder: Path) -> None:
    know(b"known")
    NodeType.objects.filter(type="analyze_audio").update(
        spec=NodeType.objects.get(type="analyze_audio").spec | {"version": NODE_VERSION + 1}
    )
    (folder / "a.wav").write_bytes(b"known")
    scanned(run)
    assert sent_hashes() == [hash_of(b"known")]


@pytest.mark.parametrize(
    ("code", "is_heard_again"), [(FailureCode.NOT_AUDIO, False), (FailureCode.TIMED_OUT, True)]
)
def test_only_passing_failures_are_tried_again(
    run: Run, folder: Path, code: FailureCode, is_heard_again: bool
) -> None:
    know(b"bad", state="failed", code=code)
    (folder / "a.wav").write_bytes(b"bad")
    scanned(run)
    assert sent_hashes() == ([hash_of(b"bad")] if is_heard_again else [])
    assert outcome_counts(run)["failed"] == (0 if is_heard_again else 1)


def test_a_retry_hears_everything_that_failed(source: Source, folder: Path) -> None:
    know(b"bad", state="failed", code=FailureCode.NOT_AUDIO)
    (folder / "a.wav").write_bytes(b"bad")
    scanned(start_run(source, retry_failed=True))
    assert sent_hashes() == [hash_of(b"bad")]


def test_a_second_run_skips_everything(source: Source, folder: Path) -> None:
    (folder / "a.wav").write_bytes(b"a")
    (folder / "empty.wav").write_bytes(b"")
    first = start_run(source)
    scanned(first)
    know(b"a")
    cancel_run(first)
    second = scanned(start_run(source))
    assert outcome_counts(second) == {"files": 2, "analyzed": 0, "failed": 1, "skipped": 1, "waiting": 0}
    assert failures_of(second) == [
        {"path": "empty.wav", "code": "empty", "message": "The file is empty (0 bytes)"}
    ]


def test_an_empty_folder_is_done_at_once(run: Run) -> None:
    scanned(run)
    assert (run.state, outcome_counts(run)["files"]) == (Run.State.DONE, 0)


def test_a_folder_that_is_away_fails_the_run_and_says_so(run: Run, folder: Path) -> None:
    folder.rmdir()
    scanned(run)
    assert run.state == Run.State.FAILED
    assert "sounds" in run.message
    run.source.refresh_from_db()
    assert run.source.state == Source.State.UNREACHABLE


def test_a_scan_that_was_killed_goes_on_where_it_stood(run: Run, folder: Path) -> None:
    for number in range(3):
        (folder / f"{number}.wav").write_bytes(b"%d" % number)
    claimed = claim()
    assert claimed is not None
    assert claim() is None  # nobody else takes it while it shows life
    scan_run(claimed)
    Run.objects.filter(pk=run.pk).update(  # as if the process had died before its last step
        state=Run.State.SCANNING, claimed_until=timezone.now() - timedelta(seconds=1)
    )
    scanned(run)
    assert outcome_counts(run) == {"files": 3, "analyzed": 0, "failed": 0, "skipped": 0, "waiting": 3}
    assert len(sent_hashes()) == 3


def test_a_scan_that_is_asked_to_stop_leaves_the_rest_to_the_next_process(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.main_app.sources.scan.FIRST_BATCH_FILES", 2)
    for number in range(5):
        (folder / f"{number}.wav").write_bytes(b"%d" % number)
    claimed = claim()
    assert claimed is not None
    scan_run(claimed, is_stopping=lambda: True)
    run.refresh_from_db()
    assert (run.state, run.found) == (Run.State.SCANNING, 2)
    scanned(run)  # at once: nobody holds it any more
    assert outcome_counts(run)["waiting"] == 5
    assert len(sent_hashes()) == 5


def test_a_run_waits_for_the_services_that_it_needs(run: Run) -> None:
    NodeType.objects.filter(type="umap").delete()
    assert claim() is None
    run.refresh_from_db()
    assert "umap" in run.message


def test_a_run_waits_until_services_have_said_again_what_they_offer(run: Run, services) -> None:
    doubt_announcements()
    assert claim() is None
    run.refresh_from_db()
    assert run.message == "waiting until audio_analyzer offers 'analyze_audio' again"
    for spec in map(NodeSpec.model_validate, NodeType.objects.values_list("spec", flat=True)):
        announced = ServiceAnnounced(service=spec.service, node_specs=(spec,))
        assert store_announcement(announced)  # whoever waits is told
        assert not store_announcement(announced)
    assert claim() == run


def test_a_cancelled_run_is_left_alone(run: Run, folder: Path) -> None:
    (folder / "a.wav").write_bytes(b"a")
    claimed = claim()
    assert claimed is not None
    cancel_run(run)
    scan_run(claimed)
    run.refresh_from_db()
    assert (run.state, Job.objects.count()) == (Run.State.CANCELLED, 0)
