from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.core.movie_states import MAX_SCORE, MIN_SCORE
from apps.favorites.querysets import FavoriteQuerySet, NotInterestedQuerySet, RatingQuerySet
from apps.movies.models import Genre, Movie, Person


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


class NotInterested(models.Model):
    """What a viewer does not want to be shown: a film, all films of a person, or of a genre.

    Exactly one of the three is set.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="not_interested", db_index=False
    )
    movie = models.ForeignKey(
        Movie, models.PROTECT, null=True, blank=True, related_name="not_interested", db_index=False
    )
    person = models.ForeignKey(
        Person, models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    genre = models.ForeignKey(
        Genre, models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[NotInterestedQuerySet] = NotInterestedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = "not interested"
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(movie__isnull=False, person__isnull=True, genre__isnull=True)
                    | Q(movie__isnull=True, person__isnull=False, genre__isnull=True)
                    | Q(movie__isnull=True, person__isnull=True, genre__isnull=False)
                ),
                name="notinterested_one_subject_check",
            ),
            *(
                models.UniqueConstraint(
                    fields=["user", subject],
                    condition=Q(**{f"{subject}__isnull": False}),
                    name=f"notinterested_user_{subject}_unique",
                )
                for subject in ("movie", "person", "genre")
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="notinterested_user_newest_idx"),
            # A film, a person or a genre that goes is looked for here.
            *(
                models.Index(
                    fields=[subject],
                    condition=Q(**{f"{subject}__isnull": False}),
                    name=f"notinterested_{subject}_idx",
                )
                for subject in ("movie", "person", "genre")
            ),
        ]

    def __str__(self) -> str:
        return f"not interested {self.pk}"
