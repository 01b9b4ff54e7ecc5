"""Lists and counts jobs by what their indexes know, so that a million of them cost little more than a few."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, QuerySet

from services.main_app.jobs.models import Incident, Job

NOT_STARTED = (Job.State.WAITING, Job.State.SENT)


@dataclass(frozen=True, slots=True)
class Group:
    """How many jobs are in one state, of one service, in one lane: as the indexes sort them."""

    state: str
    service: str
    lane: str
    n: int


@dataclass(slots=True)
class LaneSummary:
    """What one lane of one service is at, and what went wrong there.

    Attributes
    ----------
    by_state
        How many jobs are in each state; a state without jobs is not named.
    oldest_waiting_at
        When the job was made that has waited longest for a worker; ``None`` when none waits.
    incidents
        How often each kind of incident happened.
    """

    service: str
    lane: str
    by_state: dict[str, int] = field(default_factory=dict)
    oldest_waiting_at: datetime | None = None
    incidents: dict[str, int] = field(default_factory=dict)


def jobs_where(
    *,
    state: str | None = None,
    run_id: int | None = None,
    service: str | None = None,
    lane: str | None = None,
) -> QuerySet[Job]:
    """Give the jobs with these properties; ``None`` stands for any."""
    wanted = {"state": state, "run_id": run_id, "service": service, "lane": lane}
    return Job.objects.filter(**{name: value for name, value in wanted.items() if value is not None})


def groups_of(jobs: QuerySet[Job]) -> list[Group]:
    """Count jobs by state, service and lane; groups without jobs are not among them."""
    rows = jobs.order_by("state", "service", "lane").values_list("state", "service", "lane")
    return [Group(*row) for row in rows.annotate(n=Count("*"))]


def newest(jobs: QuerySet[Job], *, offset: int, limit: int) -> tuple[int, list[Job]]:
    """Give how many jobs there are, and some of them, newest first.

    No index holds all jobs in the order of time, but the jobs of each group are: the groups' heads are merged.
    """
    groups = groups_of(jobs)
    heads = [
        head
        for group in groups
        for head in jobs.filter(state=group.state, service=group.service, lane=group.lane)
        .order_by("-created_at", "-id")
        .values_list("created_at", "id")[: offset + limit]
    ]
    ids = [job_id for _, job_id in sorted(heads, reverse=True)[offset : offset + limit]]
    found = Job.objects.defer("payload").in_bulk(ids)
    return sum(group.n for group in groups), [found[job_id] for job_id in ids if job_id in found]


def incident_counts(jobs: Sequence[Job]) -> Mapping[str, int]:
    """Count the incidents of each of these jobs; a job without any is not named."""
    rows = Incident.objects.filter(job_id__in=[job.id for job in jobs]).order_by("job_id")
    return dict(rows.values_list("job_id").annotate(n=Count("pk")))


def lane_summaries() -> list[LaneSummary]:
    """Sum up every lane that ever had a job or an incident, by service and lane."""
    lanes: dict[tuple[str, str], LaneSummary] = {}

    def lane_of(service: str, lane: str) -> LaneSummary:
        return lanes.setdefault((service, lane), LaneSummary(service, lane))

    waiting: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for group in groups_of(Job.objects.all()):
        lane_of(group.service, group.lane).by_state[group.state] = group.n
        if group.state in NOT_STARTED:
            same = jobs_where(state=group.state, service=group.service, lane=group.lane)
            waiting[group.service, group.lane] += same.order_by("created_at").values_list(
                "created_at", flat=True
            )[:1]
    for key, ages in waiting.items():
        lanes[key].oldest_waiting_at = min(ages, default=None)
    incidents = Incident.objects.order_by("service", "lane", "kind").values_list("service", "lane", "kind")
    for service, lane, kind, n in incidents.annotate(n=Count("pk")):
        lane_of(service, lane).incidents[kind] = n
    return [lanes[key] for key in sorted(lanes)]
