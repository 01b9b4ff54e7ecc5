"""What Prometheus is told; read from the database, so that every web process tells the same."""

from collections.abc import Iterable

from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from services.main_app.analyses.models import Analysis
from services.main_app.jobs.models import Job, OutboxMessage
from services.main_app.pipelines.models import Run
from services.main_app.sources.models import AudioFile


class DatabaseCollector(Collector):
    """Counts, at the moment of asking."""

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return ()  # asked at registration, when there may be no database yet

    def collect(self) -> Iterable[GaugeMetricFamily]:
        yield from _jobs()
        yield _single("tonotope_outbox_messages", "Messages not handed to the queue.", OutboxMessage)
        yield _counted("tonotope_runs", "Runs, by state.", Run, "state")
        present = AudioFile.objects.filter(gone_at=None).count()
        yield GaugeMetricFamily("tonotope_audio_files", "Files that are in their sources.", value=present)
        yield _counted("tonotope_analyses", "Sounds measured, by how it ended.", Analysis, "state")
        failures = GaugeMetricFamily(
            "tonotope_failures", "Sounds that could not be measured, by reason.", labels=["code"]
        )
        failed = Analysis.objects.filter(state=Analysis.State.FAILED).order_by("code")
        for code, n in failed.values_list("code").annotate(n=Count("pk")):
            failures.add_metric([code], n)
        yield failures


def _jobs() -> Iterable[GaugeMetricFamily]:
    jobs = GaugeMetricFamily(
        "tonotope_jobs", "Jobs, by state, service and lane.", labels=["state", "service", "lane"]
    )
    by_state = Job.objects.order_by("state", "service", "lane").values_list("state", "service", "lane")
    for state, service, lane, n in by_state.annotate(n=Count("pk")):
        jobs.add_metric([state, service, lane], n)
    yield jobs
    ages = GaugeMetricFamily(
        "tonotope_oldest_waiting_job_age_seconds",
        "Age of the job that has waited longest for a worker.",
        labels=["service", "lane"],
    )
    waiting = Job.objects.filter(state__in=(Job.State.WAITING, Job.State.SENT)).order_by("service", "lane")
    now = timezone.now()
    for service, lane, oldest in waiting.values_list("service", "lane").annotate(oldest=Min("created_at")):
        ages.add_metric([service, lane], max(0.0, (now - oldest).total_seconds()))
    yield ages


def _single(name: str, about: str, model: type[OutboxMessage]) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, about, value=model.objects.count())


def _counted(name: str, about: str, model: type[Run] | type[Analysis], field: str) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, about, labels=[field])
    for value, n in model.objects.order_by(field).values_list(field).annotate(n=Count("pk")):
        family.add_metric([value], n)
    return family


registry = CollectorRegistry()
registry.register(DatabaseCollector())
ProcessCollector(registry=registry)
PlatformCollector(registry=registry)


def metrics(request: HttpRequest) -> HttpResponse:
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
