import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

pytestmark = pytest.mark.django_db


@pytest.fixture
def everything(settings, queue_server, tmp_path):
    settings.NATS_URL = queue_server.url
    settings.WEB_APP_DIST = tmp_path / "dist"
    settings.WEB_APP_DIST.mkdir()
    (settings.WEB_APP_DIST / "index.html").write_text("<!doctype html>")
    return settings


def missing(client):
    response = client.get("/readyz")
    assert response.status_code == (503 if response.json()["missing"] else 200)
    assert response.json()["ready"] is (not response.json()["missing"])
    return response.json()["missing"]


def test_it_is_ready_when_everything_is_there(client, everything):
    assert missing(client) == {}


def test_it_is_alive_when_nothing_is(client, settings):
    settings.NATS_URL = "nats://127.0.0.1:1"
    assert client.get("/healthz").status_code == 200


def test_a_queue_that_is_away_is_missing(client, everything):
    everything.NATS_URL = "nats://user:password@127.0.0.1:1, nats://127.0.0.1:2"
    told = missing(client)
    assert set(told) == {"queue"}
    assert "127.0.0.1:1, 127.0.0.1:2" in told["queue"]
    assert "password" not in told["queue"]


def test_one_member_of_a_queue_cluster_is_enough(client, everything, queue_server):
    everything.NATS_URL = f"nats://127.0.0.1:1,{queue_server.url}"
    assert missing(client) == {}


def test_a_store_that_cannot_be_written_to_is_missing(client, everything, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    everything.STORAGE_URL = f"file://{tmp_path}/file/blobs"
    assert set(missing(client)) == {"storage"}
    everything.STORAGE_URL = ""
    assert missing(client) == {"storage": "STORAGE_URL is not set"}


def test_a_web_app_that_is_not_built_is_missing(client, everything, tmp_path):
    everything.WEB_APP_DIST = tmp_path / "nowhere"
    assert "WEB_APP_DIST" in missing(client)["web_app"]


def test_migrations_that_are_not_applied_are_missing(client, everything):
    leaf = MigrationLoader(connection).graph.leaf_nodes("maps")[0]
    MigrationRecorder(connection).record_unapplied(*leaf)
    assert "1 migrations are not applied" in missing(client)["database"]
