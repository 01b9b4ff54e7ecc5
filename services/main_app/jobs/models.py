"""The only truth about work: what must be done, what was sent, what has been heard of it.

A `Job`, its `OutboxMessage` and every change of its state are one database transaction. The queue carries
hints; wiping it loses nothing.
"""

from uuid import uuid4

from django.db import models

from shared.python import models as vocabulary

MAX_ATTEMPTS = 3


def new_job_id() -> str:
    return uuid4().hex


class Job(models.Model):
    """One command to one service.

    Attributes
    ----------
    run_id
        The run that it belongs to; opaque here, for jobs know nothing about pipelines.
    attempt
        How often it was sent. Events of an older attempt are dropped.
    last_attempt
        The attempt after which it is given up; whoever asks for it again allows some more.
    delivery
        The newest delivery of this attempt to a worker that was heard of. A worker that was frozen and has
        lost its lease to another still speaks of an older one, and is not listened to.
    sign_at
        When something was last heard of it; the reconciler looks at what has been silent for too long.
    queue_sequence
        Where the command stands in the queue's stream, to ask whether it is still waiting there.
    traceparent
        What caused it, where spans are wanted: whoever sends it again goes on with the same trace.
    """

    class State(models.TextChoices):
        WAITING = vocabulary.JobState.WAITING
        SENT = vocabulary.JobState.SENT
        RUNNING = vocabulary.JobState.RUNNING
        DONE = vocabulary.JobState.DONE
        FAILED = vocabulary.JobState.FAILED
        CANCELLED = vocabulary.JobState.CANCELLED

    OPEN_STATES = (State.WAITING, State.SENT, State.RUNNING)
    OUTSTANDING_STATES = (State.SENT, State.RUNNING)

    id = models.CharField(primary_key=True, max_length=32, default=new_job_id, editable=False)
    run_id = models.BigIntegerField(null=True)
    node = models.CharField(max_length=64)
    service = models.CharField(max_length=64)
    lane = models.CharField(max_length=16)
    command = models.CharField(max_length=64)
    payload = models.JSONField()
    n_files = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    attempt = models.PositiveIntegerField(default=1)
    last_attempt = models.PositiveIntegerField(default=MAX_ATTEMPTS)
    delivery = models.PositiveIntegerField(default=0)
    fraction = models.FloatField(default=0.0)
    queue_sequence = models.BigIntegerField(null=True)
    traceparent = models.CharField(max_length=55, blank=True, default="")
    code = models.CharField(max_length=32, blank=True, default="")
    message = models.TextField(blank=True, default="")
    detail = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)
    sign_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "service", "lane", "created_at"], name="jobs_by_state"),
            models.Index(fields=["run_id", "state", "service", "lane", "created_at"], name="jobs_by_run"),
            models.Index(
                fields=["queue_sequence"],
                name="jobs_to_withdraw",
                condition=models.Q(state=vocabulary.JobState.CANCELLED, queue_sequence__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.command} {self.id[:8]} ({self.state}, attempt {self.attempt})"


class OutboxMessage(models.Model):
    """A message that was decided in a committed transaction and has not been handed to the queue yet.

    `job` is set for commands: they wait here while their lane is full.
    """

    subject = models.CharField(max_length=255)
    idempotency_key = models.CharField(max_length=255)
    body = models.BinaryField()
    lane_key = models.CharField(max_length=128, blank=True, default="")
    job = models.ForeignKey(Job, null=True, on_delete=models.CASCADE, related_name="outbox")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["lane_key", "id"], name="outbox_by_lane")]

    def __str__(self) -> str:
        return f"{self.subject} {self.idempotency_key}"


class InboxMessage(models.Model):
    """A message that has been dealt with; the queue may deliver it again, and it changes nothing then."""

    idempotency_key = models.CharField(primary_key=True, max_length=255)
    received_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return self.idempotency_key


class DeadLetter(models.Model):
    """A command that was given up, as the queue carried it.

    `job_id` is empty when the bytes could not be read that far.
    """

    subject = models.CharField(max_length=255)
    job_id = models.CharField(max_length=32, blank=True, default="", db_index=True)
    reason = models.TextField()
    body = models.BinaryField()
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.subject}: {self.reason}"


class Incident(models.Model):
    """Something that the queue or a worker did to a job and that ought to be rare: counted, and shown.

    Attributes
    ----------
    kind
        ``resent``: the queue had lost it, the reconciler sent it again. ``redelivered``: a worker lost its
        lease, died with it or gave it back, and the queue gave it to another. ``outdated``: a worker that had
        lost its lease spoke all the same, and what it said was dropped. ``dead``: it became a dead letter.
    """

    class Kind(models.TextChoices):
        RESENT = "resent"
        REDELIVERED = "redelivered"
        OUTDATED = "outdated"
        DEAD = "dead"

    kind = models.CharField(max_length=16, choices=Kind.choices)
    job_id = models.CharField(max_length=32, blank=True, default="", db_index=True)
    service = models.CharField(max_length=64)
    lane = models.CharField(max_length=16)
    detail = models.TextField(blank=True, default="")
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        indexes = [models.Index(fields=["service", "lane", "kind"], name="incidents_by_lane")]

    def __str__(self) -> str:
        return f"{self.kind} {self.job_id[:8]} {self.detail}"
