"""The nodes that services offer for pipelines, as they announced them."""

from django.db import models


class NodeType(models.Model):
    """A type of node as its service announced it (`shared.python.models.NodeSpec`)."""

    type = models.CharField(primary_key=True, max_length=64)
    service = models.CharField(max_length=64, db_index=True)
    version = models.PositiveIntegerField()
    spec = models.JSONField()
    announced_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.type} v{self.version} of {self.service}"
