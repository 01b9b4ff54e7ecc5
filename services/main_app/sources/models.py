"""Where sounds come from, and the files that are there."""

import hashlib

from django.db import models


class Source(models.Model):
    """One folder, drive or bucket that somebody pointed Tonotope at. Never written to.

    `config_key` identifies the configuration, so that adding the same folder twice gives the same source.
    `cursor` is what the integration's change feed goes on from; it is committed together with the rows
    that it stands for. `parameters` of nodes, by the node's type, go before those of the pipeline.
    """

    class State(models.TextChoices):
        OK = "ok"
        UNREACHABLE = "unreachable"

    provider = models.CharField(max_length=64)
    label = models.CharField(max_length=255)
    config = models.JSONField(default=dict)
    config_key = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=State.choices, default=State.OK)
    problem = models.TextField(blank=True, default="")
    cursor = models.TextField(blank=True, default="")
    parameters = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "config_key"], name="one_source_per_config")
        ]

    def __str__(self) -> str:
        return f"{self.provider}: {self.label}"


def hash_of_ref(ref: str) -> str:
    """Give what stands for a ref in an index: a ref may be longer than databases index."""
    return hashlib.sha256(ref.encode()).hexdigest()


class AudioFile(models.Model):
    """One file of a source, or a slice of one. The row stays when the file goes, with `gone_at` set.

    `ref` is the provider's own opaque id, and by its hash the key; `path` is for people and may repeat.
    `version` changes when the bytes may have changed; `content_hash` is empty until they were read.

    A slice is the part of its `parent` from `start_s` to `end_s`; its bytes are the parent's, its `ref` is
    known to no provider, and its `content_hash` is made of the parent's and of where it lies.
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="files")
    ref = models.TextField()
    ref_hash = models.CharField(max_length=64)
    path = models.TextField()
    size_bytes = models.BigIntegerField(default=0)
    modified_at = models.DateTimeField(null=True)
    version = models.CharField(max_length=255)
    content_hash = models.CharField(max_length=64, blank=True, default="", db_index=True)
    gone_at = models.DateTimeField(null=True)
    parent = models.ForeignKey(
        "self", null=True, on_delete=models.CASCADE, related_name="slices", db_index=False
    )
    start_s = models.FloatField(null=True)
    end_s = models.FloatField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "ref_hash"], name="one_row_per_ref")]
        # Of slices alone: files, of which there are a hundred times as many, cost nothing by it.
        indexes = [
            models.Index(fields=["parent"], name="slices_by_parent", condition=models.Q(parent__isnull=False))
        ]

    def __str__(self) -> str:
        return self.path

    @property
    def name(self) -> str:
        """The last part of the path: what people call the file."""
        return self.path.rsplit("/", 1)[-1]
