"""Lists and counts jobs by what their indexes know, so that a million of them cost little more than a few."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.db.models import Case, Count, F, Min, QuerySet, When

from services.main_app.jobs.models import Incident, Job, OutboxMessage
from services.main_app.jobs.outbox import lane_key
from shared.python.models import Lane

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
        Since when the job waits that has waited longest for a worker; ``None`` when none waits.
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

    No index holds all jobs in the order of time, but those of each group are: the groups' heads are merged.
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

    for group in _all_groups():
        lane_of(group.service, group.lane).by_state[group.state] = group.n
    for summary in lanes.values():
        if any(state in summary.by_state for state in NOT_STARTED):
            summary.oldest_waiting_at = _waits_since(summary.service, summary.lane)
    incidents = Incident.objects.order_by("service", "lane", "kind").values_list("service", "lane", "kind")
    for service, lane, kind, n in incidents.annotate(n=Count("pk")):
        lane_of(service, lane).incidents[kind] = n
    return [lanes[key] for key in sorted(lanes)]


def _all_groups() -> list[Group]:
    """Count all jobs as `groups_of` does, in two thirds of the time.

    By hand: the ORM can only sort rows into groups one by one. This leaps in the index from each service to
    the next, and each count walks along one piece of it. Two statements, for PostgreSQL knows what a count
    will cost when it sees the values, and takes it for so dear when it does not that it compiles it first.
    """
    jobs = Job._meta.db_table
    leaps = f"""
        WITH RECURSIVE states(state) AS (VALUES {", ".join(["(%s)"] * len(Job.State))}),
        found(state, service) AS (
            SELECT state, (SELECT MIN(job.service) FROM {jobs} AS job WHERE job.state = states.state)
            FROM states
            UNION ALL
            SELECT state, (
                SELECT MIN(job.service) FROM {jobs} AS job
                WHERE job.state = found.state AND job.service > found.service
            )
            FROM found WHERE service IS NOT NULL
        )
        SELECT state, service FROM found WHERE service IS NOT NULL
    """  # noqa: S608  a name of ours
    count = f"SELECT COUNT(*) FROM {jobs} WHERE state = %s AND service = %s AND lane = %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(leaps, Job.State.values)
        groups = [(state, service, lane) for state, service in cursor.fetchall() for lane in Lane]
        counted = []
        for group in groups:
            cursor.execute(count, group)
            counted.append(Group(*group, n=cursor.fetchone()[0]))
    return [group for group in counted if group.n]


def _waits_since(service: str, lane: str) -> datetime | None:
    """Give since when a lane's oldest job waits. One that is tried once more waits from then on."""
    in_outbox = OutboxMessage.objects.filter(lane_key=lane_key(service, lane)).order_by("id")
    in_queue = jobs_where(state=Job.State.SENT, service=service, lane=lane).aggregate(
        oldest=Min(Case(When(attempt=1, then=F("created_at")), default=F("sent_at")))
    )
    times = (in_outbox.values_list("created_at", flat=True).first(), in_queue["oldest"])
    return min((time for time in times if time is not None), default=None)
