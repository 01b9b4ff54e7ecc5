"""What the API tells of jobs, of what went wrong with them, and of the lanes they wait in."""

from datetime import datetime

from ninja import Schema

from services.main_app.jobs.models import Incident
from shared.python.models import JobState, Lane


class JobOut(Schema):
    """One job.

    `attempt` of `last_attempt` says how often it was sent; `delivery` how often a worker was given this
    attempt, 0 before any was heard of; `fraction` how much is done, 0…1; `incidents` counts what ought to be
    rare.
    """

    id: str
    run_id: int | None
    node: str
    service: str
    lane: Lane
    command: str
    n_files: int
    state: JobState
    attempt: int
    last_attempt: int
    delivery: int
    fraction: float
    code: str
    message: str
    created_at: datetime
    sent_at: datetime | None
    sign_at: datetime | None
    finished_at: datetime | None
    incidents: int


class JobsOut(Schema):
    total: int
    jobs: list[JobOut]


class IncidentOut(Schema):
    kind: Incident.Kind
    detail: str
    at: datetime


class JobDeadLetterOut(Schema):
    id: int
    subject: str
    reason: str
    at: datetime


class DeadLetterOut(JobDeadLetterOut):
    """`job_id` is null when the message could not be read that far, `state` when there is no such job."""

    job_id: str | None
    command: str | None
    state: JobState | None


class DeadLettersOut(Schema):
    total: int
    dead_letters: list[DeadLetterOut]


class JobDetailsOut(JobOut):
    """`paths` are those of its files; `history` holds its latest 100 incidents, newest first."""

    detail: str
    paths: list[str]
    history: list[IncidentOut]
    dead_letters: list[JobDeadLetterOut]


class RetriedOut(Schema):
    """`job` does it now: the same one, or the new one of a layout; null when the map is up to date."""

    job: JobOut | None


class LaneSummaryOut(Schema):
    """One lane of one service. `oldest_waiting_s` is null while nothing waits for a worker."""

    service: str
    lane: str
    waiting: int
    sent: int
    running: int
    done: int
    failed: int
    cancelled: int
    oldest_waiting_s: float | None
    dead_letters: int
    resent: int
    redelivered: int
    outdated: int
