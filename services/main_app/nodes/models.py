"""The nodes that services offer for pipelines, as they announced them."""

from django.db import models


class NodeType(models.Model):
    """A type of node as its service announced it (`shared.python.models.NodeSpec`).

    `is_confirmed`: announced since the system was last started or brought to another release. Until then
    nobody knows whether its service still offers it, and in which version.
    """

    type = models.CharField(primary_key=True, max_length=64)
    service = models.CharField(max_length=64, db_index=True)
    version = models.PositiveIntegerField()
    spec = models.JSONField()
    is_confirmed = models.BooleanField(default=True)
    announced_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.type} v{self.version} of {self.service}"
