import pytest
from django.utils import timezone

from services.main_app.jobs.lifecycle import (
    MAX_ATTEMPTS,
    Sign,
    cancel_job,
    cancel_jobs,
    create_job,
    finish,
    jobs_to_withdraw,
    mark_sent,
    mark_signs,
    mark_withdrawn,
    reopen,
    resend,
)
from services.main_app.jobs.models import Incident, Job, OutboxMessage
from shared.python import tracing
from shared.python.errors import ConflictError
from shared.python.messages import CancelJobs, ClusterSounds, decode
from shared.python.models import Lane
from shared.python.otlp import OtlpTracer

pytestmark = pytest.mark.django_db


def make_job(run_id: int = 1) -> Job:
    payload = {"layout_url": "blob:a", "output_prefix": "b", "parameters": {}}
    return create_job(
        ClusterSounds, service="umap_service", lane=Lane.BULK, node="clusters", payload=payload, run_id=run_id
    )


def sign(*, attempt: int = 1, delivery: int = 1, fraction: float = 0.0) -> Sign:
    return Sign(attempt=attempt, delivery=delivery, fraction=fraction, heard_at=timezone.now())


def incidents_of(job: Job) -> list[str]:
    return list(Incident.objects.filter(job_id=job.id).order_by("id").values_list("kind", flat=True))


def send(job: Job) -> None:
    mark_sent([(row, 7) for row in job.outbox.all()])
    job.refresh_from_db()


def test_a_new_job_waits_with_its_command_in_the_outbox() -> None:
    job = make_job()
    [row] = OutboxMessage.objects.all()
    envelope = decode(bytes(row.body))
    assert job.state == Job.State.WAITING
    assert (row.subject, row.lane_key) == ("cmd.umap_service.bulk", "umap_service.bulk")
    assert envelope.message == ClusterSounds(job_id=job.id, layout_url="blob:a", output_prefix="b")
    assert (envelope.attempt, envelope.idempotencykey) == (1, f"{job.id}:1")


def test_a_sent_job_leaves_the_outbox_and_knows_its_place_in_the_queue() -> None:
    job = make_job()
    send(job)
    assert (job.state, job.queue_sequence, job.outbox.count()) == (Job.State.SENT, 7, 0)


def test_a_sign_that_is_quicker_than_the_note_of_sending_is_not_undone() -> None:
    job = make_job()
    mark_signs({job.id: sign(fraction=0.5)})
    send(job)
    assert (job.state, job.fraction, job.queue_sequence) == (Job.State.RUNNING, 0.5, 7)


def test_a_job_ends_once() -> None:
    job = make_job()
    send(job)
    ended = finish(job.id, attempt=1, state=Job.State.DONE)
    assert ended is not None
    assert ended.finished_at is not None
    assert finish(job.id, attempt=1, state=Job.State.FAILED, code="late") is None
    job.refresh_from_db()
    assert (job.state, job.code) == (Job.State.DONE, "")


def test_what_is_said_of_an_older_attempt_is_dropped() -> None:
    job = make_job()
    send(job)
    assert resend(job)
    assert finish(job.id, attempt=1, state=Job.State.DONE) is None
    mark_signs({job.id: sign(fraction=0.9)})
    job.refresh_from_db()
    assert (job.state, job.attempt, job.fraction) == (Job.State.WAITING, 2, 0.0)
    assert finish(job.id, attempt=2, state=Job.State.DONE) is not None


def test_a_job_is_sent_again_a_limited_number_of_times() -> None:
    job = make_job()
    send(job)
    for attempt in range(2, MAX_ATTEMPTS + 1):
        assert resend(job)
        job.refresh_from_db()
        assert job.attempt == attempt
        send(job)
    assert not resend(job)


def test_an_unknown_job_is_nobody() -> None:
    assert finish("0" * 32, attempt=1, state=Job.State.DONE) is None


def test_cancelling_tells_the_workers_only_what_they_may_have() -> None:
    sent, waiting, other = make_job(), make_job(), make_job(run_id=2)
    send(sent)
    assert cancel_jobs(1) == 2
    assert set(Job.objects.filter(state=Job.State.CANCELLED)) == {sent, waiting}
    other.refresh_from_db()
    assert other.state == Job.State.WAITING
    [broadcast] = OutboxMessage.objects.filter(job=None)
    assert broadcast.subject == "cancel.umap_service"
    assert decode(bytes(broadcast.body)).message == CancelJobs(job_ids=(sent.id,))
    assert list(OutboxMessage.objects.exclude(job=None)) == list(other.outbox.all())


def test_who_has_lost_the_lease_is_not_listened_to() -> None:
    job = make_job()
    send(job)
    mark_signs({job.id: sign(delivery=1, fraction=0.5)})
    mark_signs({job.id: sign(delivery=2, fraction=0.1)})
    mark_signs({job.id: sign(delivery=1, fraction=0.9)})
    job.refresh_from_db()
    assert (job.delivery, job.fraction) == (2, 0.1)
    assert finish(job.id, attempt=1, delivery=1, state=Job.State.DONE) is None
    assert finish(job.id, attempt=1, delivery=2, state=Job.State.DONE) is not None
    assert incidents_of(job) == ["redelivered", "outdated"]


def test_a_redelivery_of_which_only_the_end_is_heard_is_counted_too() -> None:
    job = make_job()
    send(job)
    assert finish(job.id, attempt=1, delivery=3, state=Job.State.DONE) is not None
    assert incidents_of(job) == ["redelivered"]


def test_what_failed_is_tried_again_with_all_its_attempts() -> None:
    job = make_job()
    send(job)
    with pytest.raises(ConflictError, match="sent"):
        reopen(job)
    finish(job.id, attempt=1, state=Job.State.FAILED, code="crashed", message="It crashed")
    again = reopen(job)
    assert (again.state, again.attempt, again.code, again.message) == (Job.State.WAITING, 2, "", "")
    assert again.finished_at is None
    [row] = again.outbox.all()
    assert decode(bytes(row.body)).attempt == 2
    for attempt in range(3, 2 + MAX_ATTEMPTS):
        send(again)
        assert resend(again)
        again.refresh_from_db()
        assert again.attempt == attempt
    send(again)
    assert not resend(again)
    with pytest.raises(ConflictError):
        reopen(again)


def test_what_was_cancelled_in_the_queue_is_to_be_withdrawn() -> None:
    sent, waiting = make_job(), make_job()
    send(sent)
    assert cancel_job(sent)
    assert cancel_job(waiting)
    assert not cancel_job(waiting)
    assert jobs_to_withdraw() == [sent]
    mark_withdrawn([sent])
    assert jobs_to_withdraw() == []


def test_deciding_wakes_the_publisher(rings: list[str], django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        make_job()
        assert rings == []
    assert rings == ["publisher"]


def test_a_job_that_is_sent_again_goes_on_with_its_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"
    )  # nobody is there, and none needed
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    monkeypatch.setattr(tracing, "_active", [OtlpTracer()])
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    with tracing.span("a request", parent=f"00-{trace_id}-b7ad6b7169203331-01"):
        job = make_job()
    send(job)
    assert resend(job)
    traceparent = decode(bytes(job.outbox.get().body)).traceparent
    assert traceparent is not None
    assert traceparent.split("-")[1] == trace_id
