"""Where sounds come from, and the files that are there."""

import hashlib

from django.db import models


class Source(models.Model):
    """One folder, drive or bucket that somebody pointed Tonotope at. Never written to.

    `config_key` identifies the configuration, so that adding the same folder twice gives the same source.
    `cursor` is what the integration's change feed goes on from; it is committed together with the rows
    that it stands for.
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
    """One file of a source. The row stays when the file goes, with `gone_at` set.

    `ref` is the provider's own opaque id, and by its hash the key; `path` is for people and may repeat.
    `version` changes when the bytes may have changed; `content_hash` is empty until they were read.
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
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "ref_hash"], name="one_row_per_ref")]

    def __str__(self) -> str:
        return self.path

    @property
    def name(self) -> str:
        """The last part of the path: what people call the file."""
        return self.path.rsplit("/", 1)[-1]
