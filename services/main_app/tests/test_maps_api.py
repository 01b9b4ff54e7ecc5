"""Maps over HTTP: what a browser draws, lists, colours and plays."""

import gzip
import struct

import numpy as np
import pytest

from services.main_app.maps.blobs import audio_file_ids
from services.main_app.maps.frames import Frame
from services.main_app.nodes.models import NodeType
from services.main_app.sources.models import AudioFile
from services.main_app.tests.made_maps import DESCRIPTORS, add_sounds, begin_layout, lay_out
from services.main_app.tests.test_packed import decode

N = 70


@pytest.fixture
def sounds(source, blobs):
    node = NodeType.objects.get(type="analyze_audio")
    node.spec["descriptors"] = [spec.model_dump(mode="json") for spec in DESCRIPTORS]
    node.save()
    return add_sounds(source, blobs, n=N)


@pytest.fixture
def layout(source, sounds, run):
    return lay_out(source, run_id=run.pk)


def url(of, what, **query):
    query.setdefault("layout", of.pk)
    words = "&".join(f"{name}={value}" for name, value in query.items())
    return f"/api/v1/maps/{of.sound_map_id}/{what}?{words}"


class TestMap:
    def test_a_map_tells_its_layout(self, client, layout, run):
        told = client.get(f"/api/v1/maps/{layout.sound_map_id}").json()
        assert told["layout_id"] == layout.pk
        assert (told["layout_kind"], told["layout_version"], told["n_points"]) == ("fit", 1, N)
        assert told["run_id"] == run.pk
        assert len(told["bounds"]) == 4
        assert [cluster["id"] for cluster in told["clusters"]] == [0, 1, 2]
        assert sum(cluster["size"] for cluster in told["clusters"]) == N - 18
        assert client.get("/api/v1/maps").json() == [told]

    def test_a_map_without_a_layout_is_empty(self, client, source, run):
        told = client.get(f"/api/v1/maps/{source.sound_map.pk}").json()
        assert (told["layout_id"], told["layout_kind"], told["n_points"], told["bounds"]) == (
            None,
            None,
            0,
            None,
        )
        points = client.get(f"/api/v1/maps/{source.sound_map.pk}/points")
        assert decode(points.content)["n"] == 0

    def test_a_map_that_is_not_there(self, client, db):
        response = client.get("/api/v1/maps/99")
        assert (response.status_code, response.json()["code"]) == (404, "not_found")

    def test_laying_out_again_begins_a_run(self, client, layout, run):
        run.state = "done"
        run.save()
        begun = client.post(
            f"/api/v1/maps/{layout.sound_map_id}/layouts",
            {"parameters": {"n_neighbors": 30}},
            content_type="application/json",
        )
        assert begun.status_code == 202
        assert begun.json()["run"]["state"] == "laying_out"
        assert layout.sound_map.layouts.order_by("-version").first().parameters["n_neighbors"] == 30


class TestPoints:
    def test_points_are_packed(self, client, layout):
        response = client.get(url(layout, "points"))
        assert response["Content-Type"] == "application/vnd.tonotope.points"
        points = decode(response.content)
        assert points["id"] == audio_file_ids(layout).tolist()
        assert points["bounds"] == pytest.approx(layout.bounds)
        assert set(points["cluster"]) == {0, 1, 2, 255}

    def test_sections_are_chosen(self, client, layout):
        points = decode(client.get(url(layout, "points", sections="xy,cluster")).content)
        assert "xy" in points and "cluster" in points and "id" not in points
        refused = client.get(url(layout, "points", sections="xy,colour"))
        assert (refused.status_code, "colour" in refused.json()["message"]) == (400, True)

    def test_points_travel_compressed(self, client, layout):
        plain = client.get(url(layout, "points"))
        for _ in range(2):  # made, then kept
            compressed = client.get(url(layout, "points"), headers={"Accept-Encoding": "gzip, br"})
            assert compressed["Content-Encoding"] == "gzip"
            assert gzip.decompress(compressed.content) == plain.content
        assert compressed["ETag"] != plain["ETag"]

    def test_a_named_layout_is_kept_for_ever(self, client, layout):
        response = client.get(url(layout, "points"))
        assert "immutable" in response["Cache-Control"]
        again = client.get(url(layout, "points"), headers={"If-None-Match": response["ETag"]})
        assert (again.status_code, again.content) == (304, b"")

    def test_the_present_layout_is_asked_for_again(self, client, layout):
        response = client.get(url(layout, "points", layout=""))
        assert response.status_code == 422
        response = client.get(f"/api/v1/maps/{layout.sound_map_id}/points")
        assert response["Cache-Control"] == "private, no-cache"

    def test_a_layout_whose_clusters_are_still_to_come_is_not_kept(self, client, source, sounds, run):
        layout = lay_out(source, run_id=run.pk, is_clustered=False)
        response = client.get(url(layout, "points"))
        assert response["Cache-Control"] == "private, no-cache"
        assert set(decode(response.content)["cluster"]) == {255}

    def test_points_as_json(self, client, layout, sounds):
        response = client.get(url(layout, "points"), headers={"Accept": "application/json"})
        points = response.json()["points"]
        assert [point["audio_file_id"] for point in points] == audio_file_ids(layout).tolist()
        by_id = {file.pk: file.path for file in sounds}
        assert all(point["path"] == by_id[point["audio_file_id"]] for point in points)
        packed = decode(client.get(url(layout, "points")).content)
        exact = [(point["x"], point["y"]) for point in points]
        assert np.allclose(packed["xy"], exact, atol=1e-3)

    def test_a_layout_of_another_map_is_not_found(self, client, layout):
        assert client.get(url(layout, "points", layout=layout.pk + 1)).status_code == 404

    def test_a_layout_in_the_making_has_no_points_yet(self, client, source, sounds, run):
        building = begin_layout(source, run_id=run.pk)
        response = client.get(url(building, "points"))
        assert (response.status_code, "not ready" in response.json()["message"]) == (404, True)


class TestFrames:
    def test_an_announced_frame_is_given(self, client, source, sounds, run, blobs):
        building = begin_layout(source, run_id=run.pk)
        frame_url = blobs.put_array("frames/1.npy", np.random.default_rng(0).normal(size=(N, 2)).astype("f4"))
        token = Frame(layout_id=building.pk, url=frame_url).token
        points = decode(client.get(url(building, "points", frame=token)).content)
        assert sorted(points["id"]) == sorted(file.pk for file in sounds)

    def test_what_was_never_announced_is_refused(self, client, source, sounds, run, blobs):
        building = begin_layout(source, run_id=run.pk)
        for guess in ("guess", building.matrix_url):
            assert client.get(url(building, "points", frame=guess)).status_code == 404

    def test_a_frame_belongs_to_its_layout(self, client, layout, blobs):
        token = Frame(layout_id=layout.pk + 1, url=layout.coordinates_url).token
        assert client.get(url(layout, "points", frame=token)).status_code == 404


class TestRows:
    def test_rows_follow_the_points(self, client, layout, sounds):
        rows = client.get(url(layout, "rows", offset=5, limit=10)).json()
        ids = audio_file_ids(layout).tolist()[5:15]
        assert rows["audio_file_id"] == ids
        names = {file.pk: file.name for file in sounds}
        assert rows["name"] == rows["path"] == [names[file_id] for file_id in ids]
        assert rows["duration_s"] == [1.5] * 10
        assert rows["flags"] == [[]] * 10
        packed = decode(client.get(url(layout, "points")).content)
        expected = [-1 if cluster == 255 else cluster for cluster in packed["cluster"][5:15]]
        assert rows["cluster"] == expected

    def test_behind_the_end_there_are_none(self, client, layout):
        assert client.get(url(layout, "rows", offset=N)).json()["audio_file_id"] == []

    @pytest.mark.parametrize("query", [{"limit": 5001}, {"limit": 0}, {"offset": -1}])
    def test_too_many_rows_are_refused(self, client, layout, query):
        response = client.get(url(layout, "rows", **query))
        assert (response.status_code, response.json()["code"]) == (422, "invalid_request")


class TestColumns:
    def test_numbers_are_floats_in_point_order(self, client, layout):
        response = client.get(url(layout, "columns/brightness"))
        assert response["Content-Type"] == "application/octet-stream"
        assert "immutable" in response["Cache-Control"]
        assert np.frombuffer(response.content, "<f4").tolist() == [0.5] * N

    def test_what_has_no_value_is_nan(self, client, layout):
        values = np.frombuffer(client.get(url(layout, "columns/bpm")).content, "<f4")
        assert np.isnan(values).all() and len(values) == N

    def test_words_are_codes(self, client, layout):
        column = client.get(url(layout, "columns/key")).json()
        assert column == {"categories": ["C minor"], "codes": [0] * N}

    def test_what_nothing_measures_is_not_found(self, client, layout):
        response = client.get(url(layout, "columns/colour"))
        assert (response.status_code, "brightness" in response.json()["message"]) == (404, True)


class TestPreviews:
    def read(self, content):
        (n,) = struct.unpack_from("<I", content)
        entries = [struct.unpack_from("<Iff", content, 4 + 12 * i) for i in range(n)]
        position, clips = 4 + 12 * n, []
        for length, _, _ in entries:
            clips.append(content[position : position + length])
            position += length
        assert position == len(content)
        return entries, clips

    def test_a_block_holds_the_clips_of_neighbours(self, client, layout, sounds):
        response = client.get(url(layout, "previews/0"))
        assert response["Content-Type"] == "application/vnd.tonotope.previews"
        entries, clips = self.read(response.content)
        assert len(clips) == 64
        files = AudioFile.objects.in_bulk(audio_file_ids(layout)[:64].tolist())
        first = files[int(audio_file_ids(layout)[0])]
        assert clips[0].startswith(b"clip of RIFF")
        assert client.get(f"/api/v1/audio-files/{first.pk}/preview").content == clips[0]
        assert entries[0][1:] == (0, 0)

    def test_the_last_block_is_shorter(self, client, layout):
        assert len(self.read(client.get(url(layout, "previews/1")).content)[1]) == N - 64
        assert client.get(url(layout, "previews/2")).status_code == 404

    def test_a_clip_that_is_missing_leaves_a_gap(self, client, layout, blobs):
        from services.main_app.maps.blobs import content_hashes
        from services.main_app.tests.made_documents import NODE_VERSION
        from shared.python.messages import preview_key

        blobs.delete(preview_key(content_hashes(layout)[3], NODE_VERSION))
        entries, clips = self.read(client.get(url(layout, "previews/0")).content)
        assert entries[3][0] == 0 and clips[4] != b""
