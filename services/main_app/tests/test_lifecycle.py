import pytest
from django.utils import timezone

from services.main_app.jobs.lifecycle import (
    MAX_ATTEMPTS,
    cancel_jobs,
    create_job,
    finish,
    mark_sent,
    mark_signs,
    resend,
)
from services.main_app.jobs.models import Job, OutboxMessage
from shared.python.messages import CancelJobs, ClusterSounds, decode
from shared.python.models import Lane

pytestmark = pytest.mark.django_db


def make_job(run_id: int = 1) -> Job:
    payload = {"layout_url": "blob:a", "output_prefix": "b", "parameters": {}}
    return create_job(
        ClusterSounds, service="umap_service", lane=Lane.BULK, node="clusters", payload=payload, run_id=run_id
    )


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
    mark_signs({(job.id, 1): (0.5, timezone.now())})
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
    mark_signs({(job.id, 1): (0.9, timezone.now())})
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
