"""What viewers were shown of their lists, what they opened, and what the platform sums up of it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q, Value

from apps.core.fields import RealField
from apps.recommendations.querysets import ImpressionQuerySet

from .lists import RecommendationList


class Impression(models.Model):
    """A film that a viewer was shown, once for each list and surface, and when it was opened.

    Clients tell what was shown; where the film stood, and why, is read from the stored list when
    it is told. Lists, generations and models are purged earlier, so their ids refer to nothing
    that the database would look for. Without a list, `source` is null where the row alone says
    where the film came from.
    """

    class Surface(models.TextChoices):
        LIST = "list"
        HOME = "home"

    # The unique constraint's index leads with the user.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="impressions", db_index=False
    )
    list_id = models.BigIntegerField(null=True, blank=True)
    generation_id = models.BigIntegerField(null=True, blank=True)
    model_version_id = models.BigIntegerField(null=True, blank=True)
    # Of the experiment's variant by which the list was made.
    variant_id = models.IntegerField(null=True, blank=True)
    movie_id = models.IntegerField()
    position = models.PositiveSmallIntegerField(null=True, blank=True, help_text="From 0")
    source = models.PositiveSmallIntegerField(
        choices=RecommendationList.Source, null=True, blank=True
    )
    score = RealField(null=True, blank=True)
    propensity = RealField(null=True, blank=True)
    surface = models.CharField(max_length=10, choices=Surface)
    row = models.CharField(max_length=60, blank=True)
    shown_at = models.DateTimeField()
    clicked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[ImpressionQuerySet] = ImpressionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "generation_id", "list_id", "movie_id", "surface"],
                name="impression_user_list_movie_surface_unique",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(clicked_at__isnull=True) | Q(clicked_at__gte=models.F("shown_at")),
                name="impression_clicked_after_shown_check",
            ),
        ]
        indexes = [
            # A viewer's own statistics and export.
            models.Index(fields=["user", "-shown_at"], name="impression_user_newest_idx"),
            # The purge takes the oldest, the statistics of all viewers the newest.
            models.Index(fields=["shown_at"], name="impression_oldest_idx"),
        ]

    def __str__(self) -> str:
        return f"impression {self.pk}"


class RecommendationStats(models.Model):
    """The statistics of all viewers in one row, as a worker last computed them."""

    ROW_ID = 1

    id = models.SmallIntegerField(primary_key=True, default=ROW_ID)
    computed_at = models.DateTimeField()
    seconds = models.FloatField(help_text="How long it took")
    body = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))

    class Meta:
        verbose_name_plural = "recommendation stats"
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="recommendationstats_single_row_check"),
        ]

    def __str__(self) -> str:
        return "statistics of recommendations"
