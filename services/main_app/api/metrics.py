"""What Prometheus is told; read from the database, so that every web process tells the same."""

from collections.abc import Iterable

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from services.main_app.analyses.models import Analysis
from services.main_app.api.queue_metrics import QueueCollector
from services.main_app.pipelines.models import Run
from services.main_app.sources.models import AudioFile


class DatabaseCollector(Collector):
    """Counts, at the moment of asking."""

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return ()  # asked at registration, when there may be no database yet

    def collect(self) -> Iterable[GaugeMetricFamily]:
        yield _counted("tonotope_runs", "Runs, by state.", Run, "state")
        present = AudioFile.objects.filter(gone_at=None, parent=None).count()
        yield GaugeMetricFamily("tonotope_audio_files", "Files that are in their sources.", value=present)
        yield _counted("tonotope_analyses", "Sounds measured, by how it ended.", Analysis, "state")
        failures = GaugeMetricFamily(
            "tonotope_failures", "Sounds that could not be measured, by reason.", labels=["code"]
        )
        failed = Analysis.objects.filter(state=Analysis.State.FAILED).order_by("code")
        for code, n in failed.values_list("code").annotate(n=Count("pk")):
            failures.add_metric([code], n)
        yield failures


def _counted(name: str, about: str, model: type[Run] | type[Analysis], field: str) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, about, labels=[field])
    for value, n in model.objects.order_by(field).values_list(field).annotate(n=Count("pk")):
        family.add_metric([value], n)
    return family


registry = CollectorRegistry()
registry.register(DatabaseCollector())
registry.register(QueueCollector())
ProcessCollector(registry=registry)
PlatformCollector(registry=registry)


def metrics(request: HttpRequest) -> HttpResponse:
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
