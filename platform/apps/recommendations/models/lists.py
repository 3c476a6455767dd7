"""What one viewer reads, and what was told of its films."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.core.fields import RealField
from apps.recommendations.querysets import RecommendationListQuerySet

from .generations import Generation

LIST_LENGTH = 200
CONTRIBUTORS_PER_ITEM = 2
# A contributor's share is stored in thousandths.
SHARE_UNIT = 1000


class RecommendationList(models.Model):
    """One list of one user. Never updated: each build inserts a row, the newest one counts.

    `movie_ids`, `scores` and `sources` run in step. `because_movie_ids` and
    `because_shares` hold CONTRIBUTORS_PER_ITEM entries for each item, 0 where there are
    fewer; a share is the contributor's part of all that speaks for the item, in thousandths.
    `propensities` has, for the first places only, the probability with which chance put the item
    there; all places after them were certain.
    `written_at` is when the newest write was made that this list was the first to see; null for
    lists that were built with all others.
    `variant_id` is that of the running experiment's variant by which it was made; null outside.
    """

    class Source(models.IntegerChoices):
        PERSONAL = 1, "personal"
        SIMILAR = 2, "similar"
        TRENDING = 3, "trending"
        POPULAR = 4, "popular"
        EXPLORED = 5, "explored"

    # The two indexes below lead with these keys; a third and fourth would only cost writes.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="recommendation_lists",
        db_index=False,
    )
    generation = models.ForeignKey(Generation, models.CASCADE, related_name="lists", db_index=False)
    revision = models.BigIntegerField()
    movie_ids = ArrayField(models.IntegerField(), size=LIST_LENGTH)
    scores = ArrayField(RealField(), size=LIST_LENGTH)
    sources = ArrayField(models.SmallIntegerField(), size=LIST_LENGTH)
    because_movie_ids = ArrayField(models.IntegerField(), size=LIST_LENGTH * CONTRIBUTORS_PER_ITEM)
    because_shares = ArrayField(
        models.SmallIntegerField(), size=LIST_LENGTH * CONTRIBUTORS_PER_ITEM
    )
    propensities = ArrayField(
        RealField(), size=LIST_LENGTH, default=list, db_default=[], blank=True
    )
    # A plain number: nothing looks lists up by it, and an index would only cost writes.
    variant_id = models.IntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    written_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[RecommendationListQuerySet] = RecommendationListQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["user", "generation", "-id"], name="list_user_generation_idx"),
            models.Index(fields=["generation", "id"], name="list_generation_idx"),
        ]

    def __str__(self) -> str:
        return f"list {self.pk}"


class Explanation(models.Model):
    """Why a film stands where it does in a list, or why it is not on its first page.

    A worker computes it; it waits while it has neither `computed_at` nor `error`. It is about the
    one list, which never changes, and goes with it. `body` names films by their ids alone.
    """

    class Kind(models.TextChoices):
        WHY = "why"
        WHY_NOT = "why_not"

    list = models.ForeignKey(
        RecommendationList, models.CASCADE, related_name="explanations", db_index=False
    )
    movie_id = models.IntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    asked_at = models.DateTimeField()
    computed_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # Until then the worker of the last attempt may be at it.
    leased_until = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    body = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["list", "movie_id", "kind"], name="explanation_list_movie_kind_unique"
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"],
                condition=Q(computed_at__isnull=True, error=""),
                name="explanation_waiting_idx",
            ),
        ]

    def __str__(self) -> str:
        return f"explanation {self.pk}"
