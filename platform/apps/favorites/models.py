from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.movies.models import Movie

from .querysets import FavoriteQuerySet, RatingQuerySet, TasteQuerySet

MIN_SCORE = 1
MAX_SCORE = 10


class Favorite(models.Model):
    # The unique constraint's index leads with the user, here and in Rating.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="favorites", db_index=False
    )
    movie = models.ForeignKey(Movie, models.PROTECT, related_name="favorites")
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[FavoriteQuerySet] = FavoriteQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "movie"], name="favorite_user_movie_unique"),
        ]
        indexes = [models.Index(fields=["user", "-created_at"], name="favorite_user_newest_idx")]

    def __str__(self) -> str:
        return f"favorite {self.pk}"


class Rating(models.Model):
    """A viewer's score of a film, 1 to 10. `rated_at` is null where nobody knows the moment."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="ratings", db_index=False
    )
    movie = models.ForeignKey(Movie, models.PROTECT, related_name="ratings")
    score = models.PositiveSmallIntegerField()
    rated_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[RatingQuerySet] = RatingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "movie"], name="rating_user_movie_unique"),
            models.CheckConstraint(
                condition=Q(score__range=(MIN_SCORE, MAX_SCORE)), name="rating_score_range_check"
            ),
        ]
        indexes = [models.Index(fields=["user", "-updated_at"], name="rating_user_newest_idx")]

    def __str__(self) -> str:
        return f"rating {self.pk}"


class Taste(models.Model):
    """The dirty state of a viewer: what was written against what the current list has seen.

    `revision` counts the viewer's writes. `listed_revision` is the revision of the list that
    the active generation holds for the viewer, 0 without one. A row with
    `revision > listed_revision` waits for a build: at once if `is_realtime` (the viewer's own
    writes), with the next generation otherwise (bulk imports). `nudge_at` is when the next
    message for the row is due or was last sent; the sweep goes by it.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="taste"
    )
    revision = models.BigIntegerField(default=0)
    listed_revision = models.BigIntegerField(default=0)
    is_realtime = models.BooleanField(default=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    listed_at = models.DateTimeField(null=True, blank=True)
    nudge_at = models.DateTimeField(null=True, blank=True)
    nudges = models.PositiveSmallIntegerField(default=0)

    objects: ClassVar[TasteQuerySet] = TasteQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(revision__gte=F("listed_revision")), name="taste_listed_revision_check"
            ),
        ]
        indexes = [
            models.Index(
                F("nudge_at").asc(nulls_first=True),
                "user",
                condition=Q(revision__gt=F("listed_revision"), is_realtime=True),
                name="taste_waiting_idx",
            ),
        ]

    def __str__(self) -> str:
        return f"taste of user {self.pk}"
