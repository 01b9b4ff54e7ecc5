"""Sources, runs and jobs over HTTP."""

from datetime import timedelta

import pytest
from django.utils import timezone

from services.main_app.pipelines.models import Run, RunItem
from services.main_app.sources.models import AudioFile, Source
from services.main_app.tests.made_maps import add_files, wav


@pytest.fixture
def allowed(settings, folder):
    settings.ALLOWED_FOLDERS = [folder.parent]
    return folder


def add(client, folder, **more):
    wanted = {"provider": "local_folder", "config": {"folder": str(folder)}, **more}
    return client.post("/api/v1/sources", wanted, content_type="application/json")


class TestSources:
    def test_a_folder_is_added_and_scanned(self, client, services, allowed):
        added = add(client, allowed, label="My sounds")
        assert added.status_code == 201
        told = added.json()
        assert told["source"]["label"] == "My sounds"
        assert told["run"]["state"] == "scanning"
        assert told["source"]["last_run"] == told["run"]
        assert told["map_id"] == told["source"]["map_id"] == told["run"]["map_id"]
        assert client.get("/api/v1/sources").json() == [told["source"]]

    def test_the_same_folder_again_is_the_same_source_and_a_new_run(self, client, services, allowed):
        first = add(client, allowed).json()
        Run.objects.update(state=Run.State.DONE)
        second = add(client, allowed).json()
        assert second["source"]["id"] == first["source"]["id"]
        assert second["map_id"] == first["map_id"]
        assert second["run"]["id"] > first["run"]["id"]

    def test_a_folder_that_is_not_allowed(self, client, services, settings, folder):
        settings.ALLOWED_FOLDERS = [folder]
        refused = add(client, folder.parent)
        assert (refused.status_code, refused.json()["code"]) == (403, "denied")
        assert not Source.objects.exists()

    @pytest.mark.parametrize("config", [{}, {"folder": "/x", "other": 1}])
    def test_a_configuration_that_cannot_be(self, client, services, allowed, config):
        wanted = {"provider": "local_folder", "config": config}
        refused = client.post("/api/v1/sources", wanted, content_type="application/json")
        assert refused.status_code in (400, 403)
        assert refused.json()["message"]

    def test_an_integration_that_is_not_there(self, client, services):
        refused = client.post(
            "/api/v1/sources", {"provider": "tape", "config": {}}, content_type="application/json"
        )
        assert (refused.status_code, refused.json()["code"]) == (400, "config")

    def test_what_is_no_request(self, client, services):
        for body in ("{}", "[]", "not json"):
            refused = client.post("/api/v1/sources", body, content_type="application/json")
            assert refused.status_code in (400, 422)
            assert set(refused.json()) == {"code", "message"}

    def test_a_source_is_forgotten_with_all_that_it_had(self, client, source, run):
        add_files(source, {"a.wav": wav(1)})
        assert client.delete(f"/api/v1/sources/{source.pk}").status_code == 204
        assert not AudioFile.objects.exists()
        assert not Run.objects.exists()
        assert client.delete(f"/api/v1/sources/{source.pk}").status_code == 404

    def test_files_that_are_gone_are_not_counted(self, client, source):
        first, _ = add_files(source, {"a.wav": wav(1), "b.wav": wav(2)})
        first.gone_at = timezone.now()
        first.save()
        assert client.get("/api/v1/sources").json()[0]["n_files"] == 1

    def test_scanning_again_gives_the_run_that_is_under_way(self, client, source, run):
        assert client.post(f"/api/v1/sources/{source.pk}/runs").json()["id"] == run.pk


class TestRuns:
    @pytest.fixture
    def items(self, source, run):
        files = add_files(source, {f"{number}.wav": wav(number, n_bytes=1000) for number in range(8)})
        now = timezone.now()
        outcomes = ["analyzed", "analyzed", "failed", "failed", "failed", "skipped", "", ""]
        codes = ["", "", "corrupt", "corrupt", "empty", "", "", ""]
        RunItem.objects.bulk_create(
            RunItem(
                run=run,
                audio_file=file,
                outcome=outcome,
                code=code,
                message=f"because of {code}" if code else "",
                finished_at=now if outcome else None,
            )
            for file, outcome, code in zip(files, outcomes, codes, strict=True)
        )
        run.state = Run.State.ANALYZING
        run.created_at = now - timedelta(minutes=1)
        run.save()
        return files

    def test_counts_are_those_of_the_files(self, client, run, items):
        told = client.get(f"/api/v1/runs/{run.pk}").json()
        assert (told["files"], told["analyzed"], told["failed"], told["skipped"]) == (8, 2, 3, 1)
        assert told["found"] == 8
        assert told["failures_by_code"] == {"corrupt": 2, "empty": 1}

    def test_speed_is_that_of_the_last_seconds(self, client, run, items):
        told = client.get(f"/api/v1/runs/{run.pk}").json()
        assert told["files_per_s"] == 0.5
        assert told["bytes_per_s"] == 500.0
        assert told["eta_s"] == 4.0

    def test_nobody_knows_how_long_when_nothing_moves(self, client, run, items):
        RunItem.objects.exclude(outcome="").update(finished_at=timezone.now() - timedelta(minutes=1))
        told = client.get(f"/api/v1/runs/{run.pk}").json()
        assert (told["files_per_s"], told["eta_s"]) == (0.0, None)

    def test_what_was_found_is_counted_while_scanning(self, client, run, items):
        Run.objects.update(state=Run.State.SCANNING, found=5)
        told = client.get(f"/api/v1/runs/{run.pk}").json()
        assert (told["found"], told["eta_s"]) == (5, None)

    def test_a_run_that_is_over_has_no_speed(self, client, run, items):
        Run.objects.update(state=Run.State.DONE)
        told = client.get(f"/api/v1/runs/{run.pk}").json()
        assert (told["files_per_s"], told["bytes_per_s"], told["eta_s"]) == (0, 0, None)

    def test_failures_page_by_page(self, client, run, items):
        told = client.get(f"/api/v1/runs/{run.pk}/failures?offset=1&limit=1").json()
        assert told["total"] == 3
        assert told["failures"] == [
            {
                "audio_file_id": items[3].pk,
                "path": "3.wav",
                "code": "corrupt",
                "message": "because of corrupt",
            }
        ]

    def test_runs_are_listed_newest_first(self, client, source, run):
        Run.objects.update(state=Run.State.DONE)
        newer = client.post(f"/api/v1/runs/{run.pk}/retry").json()
        told = client.get("/api/v1/runs").json()
        assert (told["total"], [listed["id"] for listed in told["runs"]]) == (2, [newer["id"], run.pk])
        assert [listed["id"] for listed in client.get("/api/v1/runs?offset=1").json()["runs"]] == [run.pk]

    def test_a_run_is_cancelled(self, client, run, items):
        assert client.post(f"/api/v1/runs/{run.pk}/cancel").json()["state"] == "cancelled"

    def test_failed_files_are_tried_again(self, client, run, items):
        Run.objects.update(state=Run.State.DONE)
        again = client.post(f"/api/v1/runs/{run.pk}/retry").json()
        assert again["id"] != run.pk
        assert Run.objects.get(pk=again["id"]).retry_failed

    def test_a_run_that_is_not_there(self, client, db):
        for method, what in (("get", ""), ("get", "/failures"), ("post", "/cancel"), ("post", "/retry")):
            assert getattr(client, method)(f"/api/v1/runs/7{what}").status_code == 404


def test_nodes_and_pipelines(client, services):
    nodes = {node["type"]: node for node in client.get("/api/v1/nodes").json()}
    assert set(nodes) == {"source", "analyze_audio", "umap", "cluster"}
    assert nodes["umap"]["kind"] == "reduce"
    pipelines = client.get("/api/v1/pipelines").json()
    assert [node["type"] for node in pipelines[0]["nodes"]] == ["source", "analyze_audio", "umap", "cluster"]


def test_nothing_is_measured_before_a_service_says_so(client, services):
    assert client.get("/api/v1/descriptors").json() == []


def test_what_is_no_address_of_the_api(client, db):
    for path in ("/api/v1/nothing", "/api/v2/maps", "/api/v1/maps/abc"):
        response = client.get(path)
        assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_a_method_that_an_address_does_not_take(client, db):
    response = client.put("/api/v1/maps")
    assert (response.status_code, response["Allow"]) == (405, "GET")
    assert response.json()["code"] == "method_not_allowed"
