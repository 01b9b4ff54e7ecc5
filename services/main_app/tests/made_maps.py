"""A source with sounds that were measured and lie on a map, made by the very functions that a run uses."""

import hashlib
from pathlib import Path

import numpy as np

from services.main_app.analyses.documents import store_outcomes
from services.main_app.maps.layouts import complete, create_layout, rows_of, set_clusters
from services.main_app.maps.models import Layout
from services.main_app.sources.models import AudioFile, Source, hash_of_ref
from services.main_app.tests.made_documents import NODE_VERSION, analyzed
from shared.python.models import DescriptorSpec
from shared.python.storage import Storage

DESCRIPTORS = (
    DescriptorSpec(name="brightness", title="Brightness", group="spectrum", description="Share above."),
    DescriptorSpec(name="key", title="Key", group="harmony", kind="category", description="Key."),
    DescriptorSpec(name="bpm", title="Tempo", group="rhythm", unit="bpm", description="Beats."),
)


def wav(number: int, *, n_bytes: int = 400) -> bytes:
    """Give bytes that begin as a WAV file does, no two alike."""
    body = hashlib.shake_128(str(number).encode()).digest(n_bytes - 12)
    return b"RIFF" + (n_bytes - 8).to_bytes(4, "little") + b"WAVE" + body


def add_files(source: Source, contents: dict[str, bytes]) -> list[AudioFile]:
    """Put files into the folder of a source, and their rows into the database, as a scan does."""
    from integrations.core.registry import open_integration

    folder = Path(source.config["folder"])
    rows = []
    with open_integration(source.provider, source.config) as integration:
        for name, content in contents.items():
            (folder / name).write_bytes(content)
            entry = next(e for e in integration.list(".").entries if e.name == name)
            rows.append(
                AudioFile.objects.create(
                    source=source,
                    ref=entry.ref,
                    ref_hash=hash_of_ref(entry.ref),
                    path=entry.path,
                    size_bytes=len(content),
                    version=entry.version,
                    content_hash=hashlib.sha256(content).hexdigest(),
                )
            )
    return rows


def add_sounds(source: Source, blobs: Storage, *, n: int) -> list[AudioFile]:
    """Give a source `n` files that were measured."""
    contents = {f"sound {number:03}.wav": wav(number) for number in range(n)}
    files = [analyzed(blobs, content) for content in contents.values()]
    store_outcomes(files, node_type="analyze_audio", node_version=NODE_VERSION)
    return add_files(source, contents)


def lay_out(source: Source, *, run_id: int, is_clustered: bool = True) -> Layout:
    """Give the map of a source its next layout."""
    layout = begin_layout(source, run_id=run_id)
    rng = np.random.default_rng(layout.version)
    complete(layout, rng.normal(size=(layout.n_points, 2)).astype(np.float32))
    if is_clustered:
        set_clusters(layout, (np.arange(layout.n_points) % 4 - 1).astype(np.int32))
    return layout


def begin_layout(source: Source, *, run_id: int, job_id: str = "") -> Layout:
    """Begin a layout, as a job does that has not ended yet."""
    return create_layout(
        source.sound_map,
        kind=Layout.Kind.FIT,
        rows=rows_of(source, node_type="analyze_audio", node_version=NODE_VERSION),
        node_version=NODE_VERSION,
        parameters={},
        run_id=run_id,
        job_id=job_id,
    )
