"""Slices over HTTP: what part of which file they are, their sound, and how one asks for them."""

import json
from pathlib import Path

import pytest
from django.test import AsyncClient, Client

from services.main_app.__main__ import main
from services.main_app.analyses.documents import store_outcomes
from services.main_app.analyses.models import Slicing
from services.main_app.maps.layouts import rows_of
from services.main_app.pipelines.models import Run
from services.main_app.sources.models import AudioFile, Source
from services.main_app.sources.slices import Span, place_slices
from services.main_app.tests.made_documents import NODE_VERSION, analyzed, hash_of
from services.main_app.tests.made_maps import add_sounds, wav
from shared.python.storage import Storage

EVENTS = {"analyze_audio": {"slicing": "events"}}


@pytest.fixture
def parent(source: Source, blobs: Storage) -> AudioFile:
    """A file of three slices."""
    (file,) = add_sounds(source, blobs, n=1)
    heard = [analyzed(blobs, f"slice {number}".encode()) for number in range(3)]
    store_outcomes(heard, node_type="analyze_audio", node_version=NODE_VERSION)
    spans = [Span(hash_of(f"slice {number}".encode()), number * 1.0, number + 0.7) for number in range(3)]
    place_slices(source, [file], {file.content_hash: spans})
    return file


def told_of(client: Client, file: AudioFile) -> dict:
    answer = client.get(f"/api/v1/audio-files/{file.pk}")
    assert answer.status_code == 200
    return answer.json()


@pytest.mark.django_db
class TestSlices:
    def test_a_slice_tells_which_part_of_its_file_it_is(self, client: Client, parent: AudioFile) -> None:
        second = parent.slices.get(start_s=1.0)
        told = told_of(client, second)
        assert told["slice"] == {
            "parent_id": parent.pk,
            "parent_name": "sound 000.wav",
            "parent_path": "sound 000.wav",
            "start_s": 1.0,
            "end_s": 1.7,
            "number": 2,
            "n_slices": 3,
        }
        assert told["path"] == "sound 000.wav#t=1.000,1.700"
        assert (told["size_bytes"], told["mime"]) == (parent.size_bytes, "audio/wav")
        assert told["descriptors"]["brightness"] == 0.5

    def test_a_file_tells_how_many_slices_it_has(self, client: Client, parent: AudioFile) -> None:
        told = told_of(client, parent)
        assert (told["slice"], told["n_slices"], told["n_events"]) == (None, 3, 3)

    def test_a_file_tells_how_many_events_it_has_beyond_its_slices(
        self, client: Client, parent: AudioFile
    ) -> None:
        present = list(parent.slices.values_list("content_hash", "start_s", "end_s"))
        for key, slices, n_found in (("capped", present, 20), ("other", present[:2], 2)):
            Slicing.objects.create(
                content_hash=parent.content_hash,
                node_type="analyze_audio",
                node_version=NODE_VERSION,
                parameters_key=key,
                slices=slices,
                n_found=n_found,
            )
        told = told_of(client, parent)
        assert (told["n_slices"], told["n_events"]) == (3, 20)

    def test_a_slice_has_a_preview_of_its_own(self, client: Client, parent: AudioFile) -> None:
        second = parent.slices.get(start_s=1.0)
        answer = client.get(f"/api/v1/audio-files/{second.pk}/preview")
        assert (answer.status_code, answer.content) == (200, b"clip of slice 1")

    def test_slices_stand_on_the_map_for_their_file(self, source: Source, parent: AudioFile) -> None:
        rows = rows_of(source, node_type="analyze_audio", node_version=NODE_VERSION)
        assert set(rows.audio_file_ids.tolist()) == set(parent.slices.values_list("pk", flat=True))

    def test_a_file_stands_for_itself_where_no_slice_was_measured(
        self, source: Source, parent: AudioFile, blobs: Storage
    ) -> None:
        heard = analyzed(blobs, wav(0))
        store_outcomes([heard], node_type="other_node", node_version=1)
        rows = rows_of(source, node_type="other_node", node_version=1)
        assert rows.audio_file_ids.tolist() == [parent.pk]

    def test_slices_are_not_counted_as_files(self, client: Client, source: Source, parent: AudioFile) -> None:
        (told,) = client.get("/api/v1/sources").json()
        assert told["n_files"] == 1


@pytest.mark.django_db(transaction=True)
async def test_the_original_of_a_slice_is_its_file(parent: AudioFile) -> None:
    second = await parent.slices.aget(start_s=1.0)
    response = await AsyncClient().get(f"/api/v1/audio-files/{second.pk}/audio")
    assert b"".join([part async for part in response]) == wav(0)
    assert response["ETag"] == f'"{parent.content_hash}"'


@pytest.fixture
def allowed(settings, folder: Path) -> Path:
    settings.ALLOWED_FOLDERS = [folder.parent]
    return folder


def add(client: Client, folder: Path, **more: object):
    wanted = {"provider": "local_folder", "config": {"folder": str(folder)}, **more}
    return client.post("/api/v1/sources", wanted, content_type="application/json")


def run_parameters() -> dict[str, object]:
    """Give the parameters of the analyze node in the newest run."""
    nodes = Run.objects.order_by("-pk")[0].graph["nodes"]
    return next(node["parameters"] for node in nodes if node["type"] == "analyze_audio")


@pytest.mark.django_db
class TestAsking:
    def test_a_source_keeps_what_was_asked_for_until_something_else_is(
        self, client: Client, services: None, allowed: Path
    ) -> None:
        added = add(client, allowed, parameters=EVENTS).json()
        assert added["source"]["parameters"] == EVENTS
        assert run_parameters() == {"slicing": "events"}
        Run.objects.update(state=Run.State.DONE)
        client.post(f"/api/v1/sources/{added['source']['id']}/runs")
        assert run_parameters() == {"slicing": "events"}
        Run.objects.update(state=Run.State.DONE)
        assert add(client, allowed).json()["source"]["parameters"] == EVENTS
        Run.objects.update(state=Run.State.DONE)
        assert add(client, allowed, parameters={}).json()["source"]["parameters"] == {}
        assert run_parameters() == {}

    @pytest.mark.parametrize(
        ("parameters", "named"),
        [
            ({"analyze_audio": {"slicing": "some"}}, "'some'"),
            ({"analyze_audio": {"sliced": True}}, "sliced"),
            ({"umap": {"neighbours": 3}}, "'neighbours'"),
            ({"no_node": {}}, "'no_node'"),
        ],
    )
    def test_what_no_node_can_do_is_refused(
        self, client: Client, services: None, allowed: Path, parameters: dict, named: str
    ) -> None:
        refused = add(client, allowed, parameters=parameters)
        assert (refused.status_code, refused.json()["code"]) == (400, "config")
        assert named in refused.json()["message"]
        assert not Source.objects.exists()

    def test_the_command_asks_for_slices_too(
        self, services: None, allowed: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        slicings = []
        for flags in (["--slice"], [], ["--no-slice"]):
            assert main(["add_source", "--folder", str(allowed), *flags]) == 0
            json.loads(capsys.readouterr().out)
            slicings.append(run_parameters())
            Run.objects.update(state=Run.State.DONE)
        assert slicings == [{"slicing": "events"}, {"slicing": "events"}, {"slicing": "off"}]
