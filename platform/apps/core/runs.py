from django.db import models


class Run(models.Model):
    """Long work as a row: each message does one slice, writes its checkpoint and sends the next.

    A worker owns a run or shard until `leased_until`; what its death leaves leased is taken
    over by whoever the sweep nudges after that moment.
    """

    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        abstract = True
