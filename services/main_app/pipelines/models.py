"""Pipelines, and their runs over a source."""

from django.db import models

from services.main_app.sources.models import AudioFile, Source
from shared.python import models as vocabulary


class PipelineDefinition(models.Model):
    """A pipeline as data (`shared.python.models.Pipeline`)."""

    name = models.SlugField(unique=True)
    graph = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Run(models.Model):
    """One run of a pipeline over a source, with the pipeline as it was when the run began.

    `found` counts listed files while the listing goes on. What became of each file stands in `RunItem`;
    the sums `files`, `analyzed`, `failed` and `skipped` are taken from there and are final with the run.
    `claimed_until`: a sync process is listing the source and has shown life up to then.
    `traceparent`: the request that asked for it, where spans are wanted.
    """

    class Kind(models.TextChoices):
        SCAN = "scan"
        LAYOUT = "layout"

    class State(models.TextChoices):
        SCANNING = vocabulary.RunState.SCANNING
        ANALYZING = vocabulary.RunState.ANALYZING
        LAYING_OUT = vocabulary.RunState.LAYING_OUT
        DONE = vocabulary.RunState.DONE
        FAILED = vocabulary.RunState.FAILED
        CANCELLED = vocabulary.RunState.CANCELLED

    FINAL_STATES = (State.DONE, State.FAILED, State.CANCELLED)

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.SCAN)
    graph = models.JSONField()
    retry_failed = models.BooleanField(default=False)
    state = models.CharField(max_length=16, choices=State.choices, default=State.SCANNING)
    message = models.TextField(blank=True, default="")
    found = models.PositiveIntegerField(default=0)
    layout_fraction = models.FloatField(default=0.0)
    claimed_until = models.DateTimeField(null=True)
    traceparent = models.CharField(max_length=55, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state"], name="runs_by_state")]

    def __str__(self) -> str:
        return f"run {self.pk} of {self.source} ({self.state})"


class RunItem(models.Model):
    """What became of one file in one run; empty while nobody knows yet.

    Written once, unless somebody asks for a job again that failed: then its files wait again.
    """

    class Outcome(models.TextChoices):
        ANALYZED = vocabulary.Outcome.ANALYZED
        FAILED = vocabulary.Outcome.FAILED
        SKIPPED = vocabulary.Outcome.SKIPPED

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="items")
    audio_file = models.ForeignKey(AudioFile, on_delete=models.CASCADE, related_name="run_items")
    outcome = models.CharField(max_length=16, choices=Outcome.choices, blank=True, default="")
    code = models.CharField(max_length=32, blank=True, default="")
    message = models.TextField(blank=True, default="")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "audio_file"], name="one_outcome_per_file_and_run")
        ]
        indexes = [
            models.Index(fields=["run", "outcome"], name="items_by_outcome"),
            models.Index(fields=["run", "finished_at"], name="items_by_finish"),
        ]

    def __str__(self) -> str:
        return f"{self.audio_file}: {self.outcome or 'waiting'}"
