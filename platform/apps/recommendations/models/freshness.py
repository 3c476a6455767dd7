"""How long viewers waited for the list that saw their writes."""

from django.db import models


class ListFreshness(models.Model):
    """What one build after a viewer's own writes took, measured once the list could be read.

    Names a list and no viewer; the list may be gone. All seconds end at `readable_at`:
    `waited_seconds` began with the commit of the oldest write that no list had seen,
    `newest_seconds` with that of the newest which this one saw. `held_seconds` is the part of
    `waited_seconds` in which no list was due yet, as a viewer gets at most one in a second.
    `is_exact` where PostgreSQL told the moments of both commits; otherwise clocks did, and the
    seconds are rather too many.
    """

    list_id = models.BigIntegerField(primary_key=True)
    readable_at = models.DateTimeField()
    waited_seconds = models.FloatField()
    newest_seconds = models.FloatField()
    held_seconds = models.FloatField()
    is_exact = models.BooleanField()

    class Meta:
        verbose_name_plural = "list freshness"
        indexes = [models.Index(fields=["readable_at"], name="listfreshness_readable_idx")]

    def __str__(self) -> str:
        return f"freshness of list {self.pk}"
