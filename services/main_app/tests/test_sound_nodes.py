"""Pipelines with more than one node that hears sounds: what services would say is said by the test."""

import json
from pathlib import Path

import numpy as np
import pytest

from services.main_app.analyses.models import Analysis
from services.main_app.jobs.models import Job
from services.main_app.maps.models import SoundMap
from services.main_app.nodes.models import NodeType
from services.main_app.pipelines.choosing import choose_pipeline, read_pipeline
from services.main_app.pipelines.graph import current_pipeline, default_pipeline, store_announcement
from services.main_app.pipelines.models import Run
from services.main_app.pipelines.retrying import retry_job
from services.main_app.pipelines.runs import failures_of, outcome_counts, start_run
from services.main_app.sources.models import Source
from services.main_app.tests.made_documents import hash_of
from services.main_app.tests.made_services import Services, fail, job_of, scanned, write
from shared.python.errors import ConfigError, NotFoundError
from shared.python.messages import ServiceAnnounced
from shared.python.models import NodeKind, NodeSpec, Pipeline
from shared.python.storage import Storage

pytestmark = pytest.mark.django_db

VERSION = 1_234_567_890
NODES = [
    {"name": "sounds", "type": "source"},
    {"name": "descriptors", "type": "analyze_audio", "inputs": ["sounds"]},
    {"name": "embedding", "type": "embed_birds", "inputs": ["sounds"]},
    {"name": "layout", "type": "umap", "inputs": ["embedding"]},
    {"name": "clusters", "type": "cluster", "inputs": ["layout"]},
]


def pipeline(*names: str, reads: str = "embedding") -> Pipeline:
    chosen = [node for node in NODES if node["name"] in names]
    chosen = [node | {"inputs": [reads]} if node["name"] == "layout" else node for node in chosen]
    return Pipeline.model_validate({"title": "By birds", "nodes": chosen})


ALL = ("sounds", "descriptors", "embedding", "layout", "clusters")


@pytest.fixture
def birds(services) -> None:
    """A service has announced an embedding model."""
    spec = NodeSpec(
        type="embed_birds",
        kind=NodeKind.EMBED,
        title="Birds",
        version=VERSION,
        service="audio_analyzer",
        inputs=("sounds",),
        output="descriptors",
    )
    store_announcement(ServiceAnnounced(service="audio_analyzer", node_specs=(spec,)))


@pytest.fixture
def world(blobs: Storage, folder: Path, source: Source, birds) -> Services:
    choose_pipeline(pipeline(*ALL))
    return Services(blobs, folder)


def commands() -> list[str]:
    return list(Job.objects.order_by("created_at").values_list("command", flat=True))


def matrix(blobs: Storage) -> dict[str, list[float]]:
    """Give what the layout of the map was made from, by hash."""
    layout = SoundMap.objects.get().layout
    assert layout is not None
    hashes, rows = blobs.get_array(layout.hashes_url), blobs.get_array(layout.matrix_url)
    return {bytes(key).hex(): row.tolist() for key, row in zip(hashes, rows, strict=True)}


def test_sounds_go_through_both_nodes_and_the_map_is_made_from_the_one_it_reads(
    world: Services, source: Source, folder: Path, blobs: Storage
) -> None:
    write(folder, "a", "b", "c", "d")
    world.refused, world.deaf = {"b.wav"}, {"c.wav"}
    run = start_run(source)
    world.do_all()
    run.refresh_from_db()
    assert run.state == Run.State.DONE
    assert commands() == ["AnalyzeAudio", "EmbedAudio", "LayOutSounds", "ClusterSounds"]
    assert outcome_counts(run) == {"files": 4, "analyzed": 2, "failed": 2, "skipped": 0, "waiting": 0}
    assert [failure["path"] for failure in failures_of(run)] == ["b.wav", "c.wav"]
    job = job_of("EmbedAudio")
    assert (job.payload["node_type"], job.payload["node_version"]) == ("embed_birds", VERSION)
    assert sorted(file["path"] for file in job.payload["files"]) == ["a.wav", "c.wav", "d.wav"]
    found = matrix(blobs)
    assert set(found) == {hash_of(b"sound of a"), hash_of(b"sound of d")}
    for content_hash, row in found.items():
        expected = np.frombuffer(bytes.fromhex(content_hash)[-3:], np.uint8) / 255
        np.testing.assert_allclose(row, expected, rtol=1e-6)


def test_files_wait_until_the_last_node_has_heard_them(world: Services, source: Source, folder: Path) -> None:
    write(folder, "a")
    run = scanned(source)
    world.do(job_of("AnalyzeAudio"))
    run.refresh_from_db()
    assert (run.state, outcome_counts(run)["waiting"]) == (Run.State.ANALYZING, 1)
    world.do(job_of("EmbedAudio"))
    run.refresh_from_db()
    assert (run.state, outcome_counts(run)["analyzed"]) == (Run.State.LAYING_OUT, 1)


def test_a_second_run_changes_nothing(world: Services, source: Source, folder: Path) -> None:
    write(folder, "a", "b", "c")
    world.refused, world.deaf = {"b.wav"}, {"c.wav"}
    start_run(source)
    world.do_all()
    before = commands()
    run = start_run(source)
    world.do_all()
    assert commands() == before
    assert outcome_counts(run) == {"files": 3, "analyzed": 0, "failed": 2, "skipped": 1, "waiting": 0}


def test_what_was_analyzed_before_the_model_came_is_only_embedded(
    world: Services, source: Source, folder: Path, blobs: Storage
) -> None:
    choose_pipeline(default_pipeline())
    write(folder, "a", "b")
    start_run(source)
    world.do_all()
    choose_pipeline(pipeline(*ALL))
    write(folder, "c")
    run = start_run(source)
    world.do_all()
    assert outcome_counts(run) == {"files": 3, "analyzed": 3, "failed": 0, "skipped": 0, "waiting": 0}
    analyzed, embedded = (
        [job.n_files for job in Job.objects.filter(run_id=run.pk, command=name).order_by("created_at")]
        for name in ("AnalyzeAudio", "EmbedAudio")
    )
    assert (analyzed, embedded) == ([1], [2, 1])
    assert {len(row) for row in matrix(blobs).values()} == {3}


def test_a_new_version_of_the_model_embeds_everything_anew(
    world: Services, source: Source, folder: Path
) -> None:
    write(folder, "a")
    start_run(source)
    world.do_all()
    stored = NodeType.objects.get(type="embed_birds")
    stored.spec = stored.spec | {"version": 7}
    stored.save()
    start_run(source)
    world.do_all()
    versions = Analysis.objects.filter(node_type="embed_birds").values_list("node_version", flat=True)
    assert sorted(versions) == [7, VERSION]
    assert commands().count("AnalyzeAudio") == 1
    assert commands().count("LayOutSounds") == 2


def test_an_embedding_that_failed_is_tried_again_by_its_job(
    world: Services, source: Source, folder: Path
) -> None:
    write(folder, "a", "b")
    run = scanned(source)
    world.do(job_of("AnalyzeAudio"))
    fail(world, job_of("EmbedAudio"), "no embedding model 'birds'")
    world.do_all()
    assert [failure["message"] for failure in failures_of(run)] == ["no embedding model 'birds'"] * 2
    retry_job(job_of("EmbedAudio"))
    world.do_all()
    assert outcome_counts(run)["analyzed"] == 2
    assert commands().count("AnalyzeAudio") == 1


def test_a_map_can_be_made_by_embeddings_alone(
    world: Services, source: Source, folder: Path, blobs: Storage
) -> None:
    choose_pipeline(pipeline("sounds", "embedding", "layout"))
    write(folder, "a", "b")
    run = start_run(source)
    world.do_all()
    assert outcome_counts(run)["analyzed"] == 2
    assert commands() == ["EmbedAudio", "LayOutSounds"]
    assert len(matrix(blobs)) == 2


def test_a_run_waits_for_a_model_that_is_not_there_yet(blobs: Storage, folder: Path, source: Source) -> None:
    assert "no service offers the node 'embed_birds' yet" in choose_pipeline(pipeline(*ALL))
    run = start_run(source)
    Services(blobs, folder).do_all()
    run.refresh_from_db()
    assert run.state == Run.State.SCANNING
    assert "embed_birds" in run.message


@pytest.mark.parametrize(
    ("names", "reads", "said"),
    [
        (ALL, "descriptors", ""),
        (ALL, "sounds", "'layout' reads from sounds: it has to read from one of descriptors, embedding"),
        (("sounds", "descriptors"), "descriptors", "no node lays the sounds out"),
        (("sounds", "layout"), "sounds", "no node hears the sounds"),
        (("descriptors",), "descriptors", "one node of the type 'source'; here are 0"),
    ],
)
def test_a_pipeline_through_which_nothing_could_go_is_refused(
    names: tuple[str, ...], reads: str, said: str, birds
) -> None:
    before = current_pipeline()
    chosen = pipeline(*names, reads=reads) if "sounds" in names else _without_source()
    if not said:
        assert choose_pipeline(chosen) == ""
        assert current_pipeline() == chosen
        return
    with pytest.raises(ConfigError, match=said):
        choose_pipeline(chosen)
    assert current_pipeline() == before


def _without_source() -> Pipeline:
    return Pipeline.model_validate({"title": "None", "nodes": [{"name": "a", "type": "analyze_audio"}]})


def test_pipelines_are_read_from_files(tmp_path: Path) -> None:
    path = tmp_path / "birds.json"
    path.write_text(json.dumps({"title": "By birds", "nodes": NODES}), "utf-8")
    assert read_pipeline(path) == pipeline(*ALL)
    path.write_text('{"title": "By birds"}', "utf-8")
    with pytest.raises(ConfigError, match=r"birds\.json is no pipeline: nodes: Field required"):
        read_pipeline(path)
    path.write_text("{", "utf-8")
    with pytest.raises(ConfigError, match="is no pipeline: Invalid JSON"):
        read_pipeline(path)
    with pytest.raises(NotFoundError, match="there is no file"):
        read_pipeline(tmp_path / "none.json")
