from django.db import models


class Heartbeat(models.Model):
    """When a part of the platform last showed that it works, by the database's clock."""

    name = models.CharField(max_length=50, primary_key=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
