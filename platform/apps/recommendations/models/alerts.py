"""What operators are told of, because a run decided against what was asked for."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Alert(models.Model):
    """One thing to tell operators, once; the mail of it is sent by a worker.

    `recipients` are those of the moment it was raised: with none, no mail follows. It waits while
    it has recipients and was neither sent nor given up; `nudge_at` is when the next message for it
    is due.
    """

    class Kind(models.TextChoices):
        GATE = "gate"
        PUBLICATION = "publication"
        EXPERIMENT = "experiment"
        FRESHNESS = "freshness"

    kind = models.CharField(max_length=20, choices=Kind)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    raised_at = models.DateTimeField()
    recipients = ArrayField(models.EmailField(), default=list, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    nudge_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        indexes = [
            # What /metrics counts and the purge removes.
            models.Index(fields=["raised_at"], name="alert_raised_idx"),
            models.Index(
                fields=["raised_at"],
                condition=Q(sent_at=None, given_up_at=None) & ~Q(recipients=[]),
                name="alert_waiting_idx",
            ),
        ]

    def __str__(self) -> str:
        return f"alert {self.pk}"
