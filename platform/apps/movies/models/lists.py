from django.db import models

from apps.movies.image_hosts import MAX_CHARS

from .films import Movie


class ListName(models.TextChoices):
    """TMDb's ranked lists."""

    TRENDING_DAY = "trending_day"
    TRENDING_WEEK = "trending_week"
    POPULAR = "popular"
    TOP_RATED = "top_rated"
    NOW_PLAYING = "now_playing"
    UPCOMING = "upcoming"


class ListEntry(models.Model):
    """A film's rank in a list; a list is replaced as a whole, in one transaction."""

    list = models.CharField(max_length=20, choices=ListName)
    rank = models.PositiveIntegerField()
    movie = models.ForeignKey(Movie, models.CASCADE, related_name="list_entries")

    class Meta:
        verbose_name_plural = "list entries"
        constraints = [
            models.UniqueConstraint(fields=["list", "rank"], name="listentry_list_rank_unique"),
            models.UniqueConstraint(fields=["list", "movie"], name="listentry_list_movie_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.list} {self.rank}"


class ListState(models.Model):
    """When a list was last replaced."""

    list = models.CharField(max_length=20, choices=ListName, primary_key=True)
    fetched_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.list} of {self.fetched_at:%F %T}"


class ImageSizes(models.Model):
    """TMDb's configuration of images, as its last answer gave it. One row."""

    ROW_ID = 1

    id = models.SmallIntegerField(primary_key=True, default=ROW_ID)
    base_url = models.CharField(max_length=MAX_CHARS)
    # {"poster": ["w92", ..., "original"], "backdrop": [...], "profile", "logo", "still"}
    sizes = models.JSONField(default=dict)
    fetched_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "image sizes"
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="imagesizes_single_row_check"),
        ]

    def __str__(self) -> str:
        return self.base_url
