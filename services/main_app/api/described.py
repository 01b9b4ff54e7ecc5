"""Runs, sources and maps as the API tells of them; the same for a request and for the stream of events."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Max, QuerySet, Sum
from django.utils import timezone

from services.main_app.api.schemas import MapOut, RunOut, SourceOut
from services.main_app.maps.models import Layout, SoundMap
from services.main_app.pipelines.models import Run, RunItem
from services.main_app.pipelines.runs import outcome_counts
from services.main_app.sources.models import AudioFile, Source
from shared.python.models import RunState

_SPEED_OVER_S = 10.0


@dataclass(frozen=True, slots=True)
class Speed:
    files_per_s: float = 0.0
    bytes_per_s: float = 0.0


def runs() -> QuerySet[Run]:
    """Give runs with what `describe_run` needs."""
    return Run.objects.select_related("source__sound_map")


def describe_run(run: Run) -> RunOut:
    """Tell of a run; one of `runs`."""
    counts = outcome_counts(run)
    is_final = run.state in Run.FINAL_STATES
    speed = Speed() if is_final else _speed(run)
    is_counted_down = run.state == Run.State.ANALYZING and speed.files_per_s > 0
    return RunOut(
        id=run.pk,
        source_id=run.source_id,
        map_id=run.source.sound_map.pk,
        state=RunState(run.state),
        created_at=run.created_at,
        finished_at=run.finished_at,
        files=counts["files"],
        analyzed=counts["analyzed"],
        failed=counts["failed"],
        skipped=counts["skipped"],
        found=run.found if run.state == Run.State.SCANNING else counts["files"],
        bytes_per_s=speed.bytes_per_s,
        files_per_s=speed.files_per_s,
        eta_s=round(counts["waiting"] / speed.files_per_s, 1) if is_counted_down else None,
        layout_fraction=run.layout_fraction,
        message=run.message,
        failures_by_code=_failures_by_code(run) if counts["failed"] else {},
    )


def _speed(run: Run) -> Speed:
    """Give how fast files were done lately. What was skipped took no time and would promise too much."""
    now = timezone.now()
    over_s = min(_SPEED_OVER_S, max(1.0, (now - run.created_at).total_seconds()))
    recent = run.items.filter(finished_at__gte=now - timedelta(seconds=over_s))
    done = recent.exclude(outcome=RunItem.Outcome.SKIPPED).aggregate(
        files=Count("id"), size_bytes=Sum("audio_file__size_bytes")
    )
    return Speed(
        files_per_s=round(done["files"] / over_s, 2),
        bytes_per_s=round((done["size_bytes"] or 0) / over_s, 1),
    )


def _failures_by_code(run: Run) -> dict[str, int]:
    failed = run.items.filter(outcome=RunItem.Outcome.FAILED)
    return dict(failed.order_by("code").values_list("code").annotate(n=Count("id")))


def latest_runs() -> QuerySet[Run]:
    """Give the latest run of each source."""
    return runs().filter(pk__in=_latest_run_ids().values()).order_by("pk")


def _latest_run_ids() -> dict[int, int]:
    return dict(Run.objects.order_by().values_list("source_id").annotate(latest=Max("pk")))


def sources() -> QuerySet[Source]:
    """Give sources with what `describe_sources` needs."""
    return Source.objects.select_related("sound_map").order_by("pk")


def describe_sources(found: Iterable[Source]) -> list[SourceOut]:
    """Tell of some of `sources`."""
    last = {run.source_id: describe_run(run) for run in latest_runs()}
    present = AudioFile.objects.filter(gone_at=None, parent=None).order_by()
    n_files = dict(present.values_list("source_id").annotate(n=Count("pk")))
    return [
        SourceOut(
            id=source.pk,
            provider=source.provider,
            label=source.label,
            state=Source.State(source.state),
            problem=source.problem,
            config=source.config,
            parameters=source.parameters,
            n_files=n_files.get(source.pk, 0),
            map_id=source.sound_map.pk,
            created_at=source.created_at,
            last_run=last.get(source.pk),
        )
        for source in found
    ]


def maps() -> QuerySet[SoundMap]:
    """Give maps with what `describe_maps` needs."""
    return SoundMap.objects.select_related("layout").order_by("pk")


def describe_maps(found: Iterable[SoundMap]) -> list[MapOut]:
    """Tell of some of `maps`."""
    latest = _latest_run_ids()
    return [_describe_map(sound_map, run_id=latest.get(sound_map.source_id)) for sound_map in found]


def _describe_map(sound_map: SoundMap, *, run_id: int | None) -> MapOut:
    layout = sound_map.layout
    return MapOut(
        id=sound_map.pk,
        title=sound_map.title,
        source_id=sound_map.source_id,
        layout_id=layout.pk if layout else None,
        layout_kind=Layout.Kind(layout.kind) if layout else None,
        layout_version=layout.version if layout else 0,
        n_points=layout.n_points if layout else 0,
        bounds=layout.bounds if layout else None,
        clusters=layout.clusters if layout else [],
        run_id=run_id,
    )
