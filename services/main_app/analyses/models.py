"""What was measured in each sound, once per version of the node that measured it."""

import json

from django.db import models
from pydantic_core import to_json


class CompactEncoder(json.JSONEncoder):
    """Writes plain values six times as fast as Python's own encoder: there are a hundred for each sound.

    Numbers are written so that they read back the same.
    """

    def encode(self, o: object) -> str:
        return to_json(o).decode()


class Slicing(models.Model):
    """What slices a sound has, for one set of parameters; each is a sound with an analysis of its own.

    `slices` is a list of ``[content_hash, start_s, end_s]``, empty for a sound that is a single event.
    `n_found` is larger than its length when there were more than the parameters allow.
    """

    content_hash = models.CharField(max_length=64)
    node_type = models.CharField(max_length=64)
    node_version = models.PositiveIntegerField()
    parameters_key = models.CharField(max_length=16)
    slices = models.JSONField(default=list, encoder=CompactEncoder)
    n_found = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["content_hash", "node_type", "node_version", "parameters_key"],
                name="one_slicing_per_sound_and_parameters",
            )
        ]

    def __str__(self) -> str:
        return f"{len(self.slices)} slices of {self.content_hash[:12]}"


class Analysis(models.Model):
    """The outcome of one node for one sound: measured, or the lasting reason why it cannot be.

    A sound is its bytes (`content_hash`): however many files hold them, they are measured once.
    `vector` is float32, little-endian. The document that it all comes from is the blob at `result_url`.
    """

    class State(models.TextChoices):
        ANALYZED = "analyzed"
        FAILED = "failed"

    content_hash = models.CharField(max_length=64)
    node_type = models.CharField(max_length=64)
    node_version = models.PositiveIntegerField()
    state = models.CharField(max_length=16, choices=State.choices)
    code = models.CharField(max_length=32, blank=True, default="")
    message = models.TextField(blank=True, default="")
    result_url = models.CharField(max_length=1024, blank=True, default="")
    duration_s = models.FloatField(null=True)
    descriptors = models.JSONField(default=dict, encoder=CompactEncoder)
    flags = models.JSONField(default=list, encoder=CompactEncoder)
    vector = models.BinaryField(default=b"")
    vector_version = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["content_hash", "node_type", "node_version"], name="one_analysis_per_sound_and_node"
            )
        ]

    def __str__(self) -> str:
        return f"{self.node_type} v{self.node_version} of {self.content_hash[:12]}: {self.state}"
