"""Maps and the versions of their layouts."""

from django.db import models

from services.main_app.sources.models import Source


class SoundMap(models.Model):
    """The map of one source. It keeps its id for ever; its layout changes version by version."""

    source = models.OneToOneField(Source, on_delete=models.CASCADE, related_name="sound_map")
    title = models.CharField(max_length=255)
    layout = models.ForeignKey("Layout", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.title


class Layout(models.Model):
    """Where every sound of a map lies. Once `state` is ready nothing in it changes but its clusters.

    Attributes
    ----------
    job_id
        The job that computes it.
    rows_url
        Blob, int64, shape (n_points,): the audio file that stands for each row of the matrix.
    hashes_url
        Blob, uint8, shape (n_points, 32): the SHA-256 of the sound in each row; a file may change later.
    node_version
        Of the node whose vectors the matrix holds; layouts of different versions cannot grow together.
    matrix_url
        Blob, float32, shape (n_points, n_features): what the layout was computed from.
    coordinates_url, labels_url
        Blobs, float32, shape (n_points, 2), and int32, shape (n_points,), rows as in the matrix.
    points_url
        Blob, the points as a browser gets them: sorted along the Morton curve (`maps.packed`).
    order_url
        Blob, int64, shape (n_points,): the matrix row of each point in that order.
    clusters
        A list of objects with ``id``, ``label``, ``size``, ``x`` and ``y``.
    """

    class Kind(models.TextChoices):
        PREVIEW = "preview"
        FIT = "fit"
        PLACE = "place"

    class State(models.TextChoices):
        BUILDING = "building"
        READY = "ready"
        FAILED = "failed"

    sound_map = models.ForeignKey(SoundMap, on_delete=models.CASCADE, related_name="layouts")
    run_id = models.BigIntegerField(null=True, db_index=True)
    job_id = models.CharField(max_length=32, blank=True, default="", db_index=True)
    version = models.PositiveIntegerField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    state = models.CharField(max_length=16, choices=State.choices, default=State.BUILDING)
    base = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="grown")
    parameters = models.JSONField(default=dict)
    rows_url = models.CharField(max_length=1024)
    hashes_url = models.CharField(max_length=1024)
    node_version = models.PositiveIntegerField()
    matrix_url = models.CharField(max_length=1024)
    coordinates_url = models.CharField(max_length=1024, blank=True, default="")
    labels_url = models.CharField(max_length=1024, blank=True, default="")
    points_url = models.CharField(max_length=1024, blank=True, default="")
    order_url = models.CharField(max_length=1024, blank=True, default="")
    n_points = models.PositiveIntegerField(default=0)
    bounds = models.JSONField(null=True)
    clusters = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    ready_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sound_map", "version"], name="layout_versions_are_unique")
        ]

    def __str__(self) -> str:
        return f"{self.sound_map} v{self.version} ({self.kind}, {self.state})"
