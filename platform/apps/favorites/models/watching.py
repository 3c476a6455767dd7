from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.favorites.querysets import WatchEntryQuerySet, WatchlistEntryQuerySet
from apps.movies.models import Movie

WHOLE = 100


class WatchEntry(models.Model):
    """One viewing of a film. `watched_at` is null where nobody knows the moment.

    A moment names a viewing: told again, it is the same one. Of viewings without one there may be
    any number.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="watch_entries", db_index=False
    )
    movie = models.ForeignKey(Movie, models.PROTECT, related_name="watch_entries")
    watched_at = models.DateTimeField(null=True, blank=True)
    progress = models.PositiveSmallIntegerField(default=WHOLE, help_text="Per cent of the film")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[WatchEntryQuerySet] = WatchEntryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = "watch history"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "movie", "watched_at"],
                name="watchentry_user_movie_watched_at_unique",
            ),
            models.CheckConstraint(
                condition=Q(progress__range=(0, WHOLE)), name="watchentry_progress_range_check"
            ),
        ]
        indexes = [
            models.Index(
                "user",
                F("watched_at").desc(nulls_last=True),
                F("id").desc(),
                name="watchentry_user_newest_idx",
            ),
        ]

    def __str__(self) -> str:
        return f"watch entry {self.pk}"


class WatchlistEntry(models.Model):
    """A film that a viewer means to watch."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="watchlist", db_index=False
    )
    movie = models.ForeignKey(Movie, models.PROTECT, related_name="watchlist_entries")
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[WatchlistEntryQuerySet] = WatchlistEntryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = "watchlist"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "movie"], name="watchlistentry_user_movie_unique"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="watchlistentry_user_newest_idx")
        ]

    def __str__(self) -> str:
        return f"watchlist entry {self.pk}"
