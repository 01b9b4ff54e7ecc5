"""The step of a run that lays its sounds out: fit the first time, later place what is new, then cluster."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from services.main_app.jobs.lifecycle import create_job
from services.main_app.jobs.models import Job, new_job_id
from services.main_app.maps.blobs import storage
from services.main_app.maps.layouts import (
    Rows,
    complete,
    create_layout,
    known_rows,
    layout_prefix,
    rows_of,
)
from services.main_app.maps.models import Layout, SoundMap
from services.main_app.pipelines.graph import node_of_kind, pipeline_of
from services.main_app.pipelines.models import Run, RunItem
from services.main_app.pipelines.sound_nodes import vector_node
from shared.python.messages import ClusterSounds, LayOutSounds, PlaceSounds
from shared.python.models import Lane, NodeKind, NodeSpec, PipelineNode

PREVIEW_FROM = 24
"""With how many sounds a run shows its first preview; the next ones follow at every doubling."""

INTERACTIVE_UP_TO = 50_000
"""A layout of at most so many sounds is worth waiting for, and goes before all bulk work."""


def begin_layout(run: Run, *, parameters: Mapping[str, Any] | None = None) -> None:
    """Decide what the map needs now, and create the job for it; nothing, when nothing has changed.

    Parameters
    ----------
    parameters
        Over those of the pipeline. Giving them, even none, asks for a new layout of everything.
    """
    sound_map = SoundMap.objects.get(source=run.source)
    rows, version = _rows(run)
    base = sound_map.layout
    can_grow = base is not None and base.kind != Layout.Kind.PREVIEW and base.node_version == version
    if base is None or not can_grow or run.kind == Run.Kind.LAYOUT:
        if len(rows):
            _fit(run, sound_map, rows=rows, node_version=version, method="umap", parameters=parameters or {})
        return
    here, there = known_rows(base, rows)
    is_same = len(here) == len(rows) == base.n_points
    if is_same and np.array_equal(rows.audio_file_ids[here], storage().get_array(base.rows_url)[there]):
        return
    _grow(run, sound_map, rows=rows, base=base)


def begin_preview(run: Run) -> None:
    """While the first layout of a map is far away: show where the sounds lie that are known until now."""
    sound_map = SoundMap.objects.get(source=run.source)
    shown = sound_map.layout
    if shown is not None and shown.kind != Layout.Kind.PREVIEW:
        return
    if sound_map.layouts.filter(state=Layout.State.BUILDING).exists():
        return
    wanted = max(PREVIEW_FROM, 2 * shown.n_points if shown is not None else 0)
    heard = (RunItem.Outcome.ANALYZED, RunItem.Outcome.SKIPPED)
    if run.items.filter(outcome__in=heard).count() < wanted:
        return  # cheap to know, and asked after every batch
    rows, version = _rows(run)
    if len(rows) >= wanted:
        _fit(run, sound_map, rows=rows, node_version=version, method="pca", parameters={})


def _rows(run: Run) -> tuple[Rows, int]:
    spec = vector_node(pipeline_of(run)).spec
    return rows_of(run.source, node_type=spec.type, node_version=spec.version), spec.version


def _node(run: Run, kind: NodeKind) -> tuple[PipelineNode, NodeSpec]:
    found = node_of_kind(pipeline_of(run), kind)
    if found is None:
        raise LookupError(f"the pipeline of run {run.pk} has no node of the kind {kind}")
    return found


def _fit(
    run: Run,
    sound_map: SoundMap,
    *,
    rows: Rows,
    node_version: int,
    method: str,
    parameters: Mapping[str, Any],
) -> None:
    node, spec = _node(run, NodeKind.REDUCE)
    job_id = new_job_id()
    layout = create_layout(
        sound_map,
        kind=Layout.Kind.PREVIEW if method == "pca" else Layout.Kind.FIT,
        rows=rows,
        node_version=node_version,
        parameters={**node.parameters, **parameters},
        run_id=run.pk,
        job_id=job_id,
    )
    create_job(
        LayOutSounds,
        service=spec.service,
        lane=_lane(len(rows)),
        node=node.name,
        payload={
            "matrix_url": layout.matrix_url,
            "output_prefix": layout_prefix(sound_map, layout.version),
            "method": method,
            "parameters": layout.parameters,
        },
        run_id=run.pk,
        job_id=job_id,
    )


def _grow(run: Run, sound_map: SoundMap, *, rows: Rows, base: Layout) -> None:
    """Keep every known point where it is, leave out what is gone, and have the new ones placed."""
    here, _ = known_rows(base, rows)
    is_new = np.ones(len(rows), dtype=bool)
    is_new[here] = False
    new = np.flatnonzero(is_new)
    # Known sounds first: the rows of the layout are those of the base that are left, then the new ones.
    ordered = rows.take(np.concatenate([here, new]))
    node, spec = _node(run, NodeKind.REDUCE)
    job_id = new_job_id()
    layout = create_layout(
        sound_map,
        kind=Layout.Kind.PLACE,
        rows=ordered,
        node_version=base.node_version,
        parameters=base.parameters,
        run_id=run.pk,
        job_id=job_id if len(new) else "",
        base=base,
    )
    if not len(new):
        complete(layout, _standing(layout, base))
        return
    create_job(
        PlaceSounds,
        service=spec.service,
        lane=_lane(len(new)),
        node=node.name,
        payload={
            "matrix_url": base.matrix_url,
            "layout_url": base.coordinates_url,
            "new_matrix_url": storage().put_array(
                f"{layout_prefix(sound_map, layout.version)}/new_matrix.npy", rows.vectors[new]
            ),
            "output_prefix": layout_prefix(sound_map, layout.version),
            "parameters": base.parameters,
        },
        run_id=run.pk,
        job_id=job_id,
    )


def take_placed(layout: Layout, placed_url: str) -> None:
    """Complete a grown layout: its known points as they stood, then the placed ones."""
    if layout.base is None:
        raise LookupError(f"layout {layout.pk} grows from a layout that was deleted")
    placed = storage().get_array(placed_url)
    complete(layout, np.concatenate([_standing(layout, layout.base), placed]).astype(np.float32))


def _standing(layout: Layout, base: Layout) -> np.ndarray[Any, np.dtype[np.float32]]:
    rows = Rows(
        audio_file_ids=storage().get_array(layout.rows_url),
        hashes=storage().get_array(layout.hashes_url),
        vectors=np.empty((0, 0), dtype=np.float32),
    )
    _, there = known_rows(base, rows)
    coordinates: np.ndarray[Any, np.dtype[np.float32]] = storage().get_array(base.coordinates_url)[there]
    return coordinates


def _lane(n_points: int) -> Lane:
    return Lane.INTERACTIVE if n_points <= INTERACTIVE_UP_TO else Lane.BULK


def follow_layout(run: Run) -> str | None:
    """Take the step's next part when no job of the run is open; give the reason when it cannot go on."""
    layout = (
        Layout.objects.filter(run_id=run.pk).exclude(kind=Layout.Kind.PREVIEW).order_by("-version").first()
    )
    if layout is None:
        return None
    if layout.state == Layout.State.BUILDING:
        job = Job.objects.filter(id=layout.job_id).first()
        layout.state = Layout.State.FAILED
        layout.save()
        return "The map could not be laid out: " + (
            job.message if job and job.message else "the work was stopped"
        )
    clustering = node_of_kind(pipeline_of(run), NodeKind.CLUSTER)
    if clustering is None or layout.state == Layout.State.FAILED:
        return None
    node, spec = clustering
    # A run that was reopened may have found groups for an earlier layout already.
    earlier = Job.objects.filter(
        run_id=run.pk, command=ClusterSounds.__name__, payload__layout_url=layout.coordinates_url
    ).first()
    if earlier is None:
        create_job(
            ClusterSounds,
            service=spec.service,
            lane=_lane(layout.n_points),
            node=node.name,
            payload={
                "layout_url": layout.coordinates_url,
                "output_prefix": layout_prefix(layout.sound_map, layout.version),
                "parameters": node.parameters,
            },
            run_id=run.pk,
        )
    elif earlier.state in (Job.State.FAILED, Job.State.CANCELLED):
        reason = earlier.message or "the work was stopped"
        run.message = f"The map stands, but its groups could not be found: {reason}"
        run.save(update_fields=["message"])
    return None


def stop_layout(run: Run) -> None:
    """Give up the layouts that a cancelled run was building; the map keeps the one it has."""
    Layout.objects.filter(run_id=run.pk, state=Layout.State.BUILDING).update(state=Layout.State.FAILED)
