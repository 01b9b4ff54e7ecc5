"""What Prometheus is told about the queue: how much waits and since when, and what ought to be rare."""

from collections.abc import Iterable, Mapping

from django.utils import timezone
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.main_app.jobs.listing import LaneSummary, lane_summaries
from services.main_app.jobs.models import DeadLetter, Incident, Job, OutboxMessage
from services.main_app.pipelines.graph import known_services
from shared.python.models import Lane

_LANE = ("service", "lane")
_COUNTERS: Mapping[Incident.Kind, tuple[str, str]] = {
    Incident.Kind.RESENT: (
        "tonotope_queue_resent_jobs",
        "Jobs that the queue had lost and that were sent once more.",
    ),
    Incident.Kind.REDELIVERED: (
        "tonotope_queue_redeliveries",
        "Commands given to a worker again: the one before lost its lease, died, or gave the command back.",
    ),
    Incident.Kind.OUTDATED: (
        "tonotope_queue_outdated_events",
        "Events of workers that had lost their lease; what they said was dropped.",
    ),
    Incident.Kind.DEAD: (
        "tonotope_queue_dead_letters",
        "Messages that were given up.",
    ),
}


class QueueCollector(Collector):
    """Reads the rows of jobs and incidents at the moment of asking."""

    def describe(self) -> Iterable[Metric]:
        return ()  # asked at registration, when there may be no database yet

    def collect(self) -> Iterable[Metric]:
        lanes = _all_lanes()
        yield _jobs(lanes)
        yield _ages(lanes)
        for kind, (name, about) in _COUNTERS.items():
            counter = CounterMetricFamily(name, about, labels=_LANE)
            for lane in lanes:
                counter.add_metric([lane.service, lane.lane], lane.incidents.get(kind, 0))
            yield counter
        # Not all of the outbox: its commands are the waiting jobs, and counting a million twice costs twice.
        yield GaugeMetricFamily(
            "tonotope_queue_waiting_broadcasts",
            "Messages to all workers of a service (cancelling) that are still in the outbox.",
            value=OutboxMessage.objects.filter(lane_key="").count(),
        )
        yield GaugeMetricFamily(
            "tonotope_queue_kept_dead_letters", "Dead letters to look into.", value=DeadLetter.objects.count()
        )


def _all_lanes() -> list[LaneSummary]:
    """Give the lanes that ever had something to do, and those of known services that had not.

    An alert on what grows needs the zero before it.
    """
    lanes = {(service, lane): LaneSummary(service, lane) for service in known_services() for lane in Lane}
    return [*(lanes | {(lane.service, lane.lane): lane for lane in lane_summaries()}).values()]


def _jobs(lanes: Iterable[LaneSummary]) -> Metric:
    jobs = GaugeMetricFamily(
        "tonotope_queue_jobs",
        "Jobs by state: waiting (in the outbox), sent (in the queue), running, or how they ended.",
        labels=[*_LANE, "state"],
    )
    for lane in lanes:
        for state in Job.State:
            jobs.add_metric([lane.service, lane.lane, state], lane.by_state.get(state, 0))
    return jobs


def _ages(lanes: Iterable[LaneSummary]) -> Metric:
    ages = GaugeMetricFamily(
        "tonotope_queue_oldest_waiting_age_seconds",
        "For how long the job has waited that has waited longest for a worker; 0 when none waits.",
        labels=_LANE,
    )
    now = timezone.now()
    for lane in lanes:
        since = lane.oldest_waiting_at or now
        ages.add_metric([lane.service, lane.lane], max(0.0, (now - since).total_seconds()))
    return ages
