"""Every test has a database file and a blob store of its own kind: real ones, thrown away afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from asgiref.sync import SyncToAsync
from django.conf import settings as django_settings
from django.db import connection, connections

from services.main_app.jobs.doorbell import Doorbell
from services.main_app.maps.models import SoundMap
from services.main_app.pipelines.graph import store_announcement
from services.main_app.pipelines.models import Run
from services.main_app.pipelines.runs import start_run
from services.main_app.sources.models import Source
from services.main_app.tests.made_documents import NODE_VERSION
from services.main_app.tests.made_services import Services
from shared.python.messages import ServiceAnnounced
from shared.python.models import NodeKind, NodeSpec
from shared.python.storage import Storage, file_url
from shared.python.testing import QueueServer

ANALYZER, LAYOUTS = "audio_analyzer", "umap_service"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Use a file and not SQLite's memory: several threads and processes must see the same database."""
    if connection.vendor == "sqlite":
        path = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
        connection.settings_dict["TEST"]["NAME"] = path


@pytest.fixture(scope="session", autouse=True)
def secret_key() -> None:
    """Sign with a key of the tests' own; for all of them, as Django refuses to go back to none."""
    django_settings.SECRET_KEY = "made for tests, and long enough to sign with"


@pytest.fixture(autouse=True)
def blobs(settings, tmp_path: Path) -> Storage:
    settings.STORAGE_URL = file_url(tmp_path / "blobs")
    return Storage(settings.STORAGE_URL)


@pytest.fixture(autouse=True)
def rings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Who was woken: most tests have no queue on which to ring."""
    heard: list[str] = []
    monkeypatch.setattr(Doorbell, "ring", lambda _, process: heard.append(process))
    return heard


@pytest.fixture(autouse=True)
def no_connection_stays() -> Iterator[None]:
    """Close the connection of asyncio's database thread: PostgreSQL drops no database that is in use."""
    yield
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()


@pytest.fixture
def queue_server(tmp_path: Path) -> Iterator[QueueServer]:
    server = QueueServer(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def services(db) -> None:
    """The services have announced their nodes."""
    analyze = NodeSpec(
        type="analyze_audio",
        kind=NodeKind.ANALYZE,
        title="Descriptors",
        version=NODE_VERSION,
        service=ANALYZER,
        inputs=("sounds",),
        output="descriptors",
    )
    umap = NodeSpec(
        type="umap",
        kind=NodeKind.REDUCE,
        title="Map",
        version=1,
        service=LAYOUTS,
        inputs=("descriptors",),
        output="layout",
    )
    cluster = NodeSpec(
        type="cluster",
        kind=NodeKind.CLUSTER,
        title="Groups",
        version=1,
        service=LAYOUTS,
        inputs=("layout",),
        output="clusters",
    )
    store_announcement(ServiceAnnounced(service=ANALYZER, node_specs=(analyze,)))
    store_announcement(ServiceAnnounced(service=LAYOUTS, node_specs=(umap, cluster)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "sounds"
    folder.mkdir()
    return folder


@pytest.fixture
def source(services, folder: Path) -> Source:
    source = Source.objects.create(
        provider="local_folder", label="sounds", config={"folder": str(folder)}, config_key="k"
    )
    SoundMap.objects.create(source=source, title="sounds")
    return source


@pytest.fixture
def world(blobs: Storage, folder: Path, source: Source) -> Services:
    """What lies outside of main_app: the folder, and services that answer when they are asked to."""
    return Services(blobs, folder)


@pytest.fixture
def run(source: Source) -> Run:
    return start_run(source)
