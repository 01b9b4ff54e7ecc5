"""Files with several events in main_app alone: what the analyzer would say is said by the test."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from services.main_app.analyses.models import Analysis, Slicing
from services.main_app.jobs.models import Job
from services.main_app.maps.models import SoundMap
from services.main_app.nodes.models import NodeType
from services.main_app.pipelines.models import Run
from services.main_app.pipelines.runs import outcome_counts, start_run
from services.main_app.sources.models import AudioFile, Source
from services.main_app.tests.made_documents import NODE_VERSION, analyzed, hash_of
from services.main_app.tests.made_services import Services, write
from shared.python.messages import AnalyzedFile
from shared.python.slices import Slice, SlicesDocument, SlicingParameters, slices_key
from shared.python.storage import Storage

pytestmark = pytest.mark.django_db


class SlicingServices(Services):
    """Services that slice: a file has as many events as `n_events` says of its name, else one."""

    def __init__(self, blobs: Storage, folder: Path) -> None:
        super().__init__(blobs, folder)
        self.n_events: dict[str, int] = {}
        self.sliced: list[str] = []
        self.parameters: dict[str, object] = {}

    def do(self, job: Job) -> None:
        self.parameters = job.payload.get("parameters", {})
        super().do(job)

    def _listen(self, path: str, content_hash: str) -> AnalyzedFile:
        heard = super()._listen(path, content_hash)
        parameters = SlicingParameters.of(self.parameters)
        if not parameters.is_wanted:
            return heard
        self.sliced.append(path)
        return heard.model_copy(update={"slices_url": self._slice(path, content_hash, parameters)})

    def _slice(self, path: str, content_hash: str, parameters: SlicingParameters) -> str:
        n = self.n_events.get(path, 1)
        slices = []
        for number in range(n if n > 1 else 0):
            measured = analyzed(self._blobs, f"{content_hash} {number}".encode())
            assert measured.result_url is not None
            slices.append(
                Slice(
                    content_hash=measured.content_hash,
                    start_s=number * 0.5,
                    end_s=number * 0.5 + 0.4,
                    result_url=measured.result_url,
                )
            )
        document = SlicesDocument(
            content_hash=content_hash,
            node_version=NODE_VERSION,
            parameters=parameters,
            n_found=n,
            slices=tuple(slices),
        )
        key = slices_key(content_hash, NODE_VERSION, parameters)
        return self._blobs.put(key, document.model_dump_json().encode())


@pytest.fixture
def world(blobs: Storage, folder: Path, source: Source) -> SlicingServices:
    found = NodeType.objects.get(type="analyze_audio")
    found.spec = {**found.spec, "parameters": SlicingParameters.model_json_schema()}
    found.save()
    return SlicingServices(blobs, folder)


@pytest.fixture
def explore(world: SlicingServices, source: Source) -> Callable[..., Run]:
    """Run the pipeline over the source, slicing as `slicing` says."""

    def run_through(slicing: str = "events", **parameters: object) -> Run:
        source.parameters = {"analyze_audio": {"slicing": slicing, **parameters}}
        source.save()
        run = start_run(source)
        world.do_all()
        run.refresh_from_db()
        assert run.state == Run.State.DONE
        return run

    return run_through


def points(blobs: Storage) -> set[str]:
    """Give the paths of what is on the map."""
    layout = SoundMap.objects.get().layout
    assert layout is not None
    ids = blobs.get_array(layout.rows_url).tolist()
    assert len(ids) == layout.n_points
    return set(AudioFile.objects.filter(pk__in=ids).values_list("path", flat=True))


LOOP_POINTS = {"loop.wav#t=0.000,0.400", "loop.wav#t=0.500,0.900", "loop.wav#t=1.000,1.400"}


@pytest.fixture
def loop(world: SlicingServices, folder: Path) -> None:
    """A loop of three events, and a single hit."""
    write(folder, "loop", "hit")
    world.n_events = {"loop.wav": 3}


def test_the_events_of_a_file_are_points_in_its_place(
    explore: Callable[..., Run], loop: None, blobs: Storage
) -> None:
    run = explore()
    assert points(blobs) == {*LOOP_POINTS, "hit.wav"}
    # What is counted are files.
    assert outcome_counts(run) == {"files": 2, "analyzed": 2, "failed": 0, "skipped": 0, "waiting": 0}
    second = AudioFile.objects.get(path="loop.wav#t=0.500,0.900")
    parent = AudioFile.objects.get(path="loop.wav")
    assert (second.parent, second.start_s, second.end_s) == (parent, 0.5, 0.9)
    assert second.content_hash == hash_of(f"{parent.content_hash} 1".encode())
    assert Analysis.objects.get(content_hash=second.content_hash).state == Analysis.State.ANALYZED
    assert Slicing.objects.get(content_hash=parent.content_hash).n_found == 3


def test_nothing_is_sliced_unless_somebody_asks(
    explore: Callable[..., Run], loop: None, world: SlicingServices, blobs: Storage
) -> None:
    explore("off")
    assert points(blobs) == {"loop.wav", "hit.wav"}
    assert (world.sliced, Slicing.objects.count()) == ([], 0)


def test_what_was_sliced_is_known_the_next_time(
    explore: Callable[..., Run], loop: None, world: SlicingServices, blobs: Storage
) -> None:
    explore()
    n_jobs = Job.objects.count()
    run = explore()
    assert outcome_counts(run) == {"files": 2, "analyzed": 0, "failed": 0, "skipped": 2, "waiting": 0}
    assert (Job.objects.count(), sorted(world.sliced)) == (n_jobs, ["hit.wav", "loop.wav"])
    assert points(blobs) == {*LOOP_POINTS, "hit.wav"}


def test_slicing_can_be_turned_on_and_off_again(
    explore: Callable[..., Run], loop: None, world: SlicingServices, blobs: Storage
) -> None:
    explore("off")
    run = explore()
    assert outcome_counts(run)["analyzed"] == 2
    assert points(blobs) == {*LOOP_POINTS, "hit.wav"}
    run = explore("off")
    assert outcome_counts(run)["skipped"] == 2
    assert points(blobs) == {"loop.wav", "hit.wav"}
    explore()
    assert points(blobs) == {*LOOP_POINTS, "hit.wav"}
    assert sorted(world.sliced) == ["hit.wav", "loop.wav"]  # once each


def test_other_parameters_give_other_slices(
    explore: Callable[..., Run], loop: None, world: SlicingServices, blobs: Storage
) -> None:
    explore()
    world.n_events = {"loop.wav": 2}
    run = explore(slice_most=2)
    assert outcome_counts(run)["analyzed"] == 2
    assert points(blobs) == {"loop.wav#t=0.000,0.400", "loop.wav#t=0.500,0.900", "hit.wav"}


def test_slices_go_with_their_file(
    explore: Callable[..., Run], loop: None, folder: Path, blobs: Storage
) -> None:
    explore()
    (folder / "loop.wav").unlink()
    explore()
    assert points(blobs) == {"hit.wav"}
    write(folder, "loop")
    run = explore()
    assert outcome_counts(run)["analyzed"] == 0
    assert points(blobs) == {*LOOP_POINTS, "hit.wav"}


def test_slices_follow_the_name_of_their_file(
    explore: Callable[..., Run], loop: None, folder: Path, blobs: Storage
) -> None:
    explore()
    (folder / "loop.wav").rename(folder / "beat.wav")
    run = explore()
    assert outcome_counts(run)["analyzed"] == 0
    assert points(blobs) == {*(path.replace("loop", "beat") for path in LOOP_POINTS), "hit.wav"}


def test_a_file_with_other_bytes_has_other_slices(
    explore: Callable[..., Run], loop: None, world: SlicingServices, folder: Path, blobs: Storage
) -> None:
    explore()
    before = set(AudioFile.objects.filter(parent__isnull=False).values_list("content_hash", flat=True))
    (folder / "loop.wav").write_bytes(b"other bytes, and more of them")
    world.n_events = {"loop.wav": 2}
    explore()
    present = AudioFile.objects.filter(parent__isnull=False, gone_at=None)
    assert present.count() == 2
    assert not before & set(present.values_list("content_hash", flat=True))
    assert points(blobs) == {"loop.wav#t=0.000,0.400", "loop.wav#t=0.500,0.900", "hit.wav"}


def test_of_two_files_with_the_same_bytes_one_can_go(
    explore: Callable[..., Run], loop: None, world: SlicingServices, folder: Path, blobs: Storage
) -> None:
    world.n_events["copy.wav"] = 3
    (folder / "copy.wav").write_bytes((folder / "loop.wav").read_bytes())
    explore()
    n_points = len(points(blobs))
    assert n_points == 4
    (folder / "loop.wav").unlink()
    explore()
    assert len(points(blobs)) == n_points


def test_a_pipeline_that_asks_for_what_is_not_there_says_so(
    world: SlicingServices, source: Source, loop: None
) -> None:
    source.parameters = {"analyze_audio": {"slicing": "sometimes"}}
    source.save()
    run = start_run(source)
    world.do_all()
    run.refresh_from_db()
    assert run.state == Run.State.FAILED
    assert "'sometimes'" in run.message


@pytest.mark.django_db(transaction=True)
def test_the_migration_can_be_taken_back_and_takes_the_slices_with_it(
    explore: Callable[..., Run], loop: None
) -> None:
    explore()
    try:
        call_command("migrate", "sources", "0002", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("SELECT path FROM sources_audiofile ORDER BY path")
            assert cursor.fetchall() == [("hit.wav",), ("loop.wav",)]
    finally:
        call_command("migrate", verbosity=0)
    assert AudioFile.objects.filter(parent=None).count() == 2
