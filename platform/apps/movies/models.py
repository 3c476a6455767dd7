from typing import ClassVar

from django.db import models

from .querysets import MovieQuerySet

EARLIEST_YEAR = 1870
LATEST_YEAR = 2200
IMAGE_HOST = "https://image.tmdb.org/t/p"


class Genre(models.Model):
    """A genre, in TMDb's vocabulary where TMDb has one."""

    id = models.AutoField(primary_key=True)
    tmdb_id = models.IntegerField(unique=True, null=True, blank=True)
    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)

    def __str__(self) -> str:
        return self.name


class Movie(models.Model):
    """A film. `year` stands where only the year is known; `release_date` is more exact."""

    # Lists store film ids in int4 arrays; four bytes outlast TMDb's catalogue a thousandfold.
    id = models.AutoField(primary_key=True)
    tmdb_id = models.IntegerField(unique=True, null=True, blank=True)
    # TMDb can give one IMDb id to two titles, so this one is an index and no constraint.
    imdb_id = models.CharField(max_length=12, null=True, blank=True)  # noqa: DJ001
    title = models.CharField(max_length=500)
    original_title = models.CharField(max_length=500, blank=True)
    release_date = models.DateField(null=True, blank=True)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    runtime = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Minutes")
    original_language = models.CharField(max_length=8, blank=True)
    overview = models.TextField(blank=True)
    poster_path = models.CharField(max_length=120, blank=True)
    backdrop_path = models.CharField(max_length=120, blank=True)
    vote_average = models.FloatField(null=True, blank=True)
    vote_count = models.PositiveIntegerField(default=0)
    popularity = models.FloatField(default=0)
    adult = models.BooleanField(default=False)
    genres = models.ManyToManyField(Genre, related_name="movies", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[MovieQuerySet] = MovieQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(year__isnull=True)
                | models.Q(year__range=(EARLIEST_YEAR, LATEST_YEAR)),
                name="movie_year_range_check",
            ),
            models.CheckConstraint(condition=~models.Q(title=""), name="movie_title_filled_check"),
            models.CheckConstraint(
                condition=models.Q(tmdb_id__isnull=True) | models.Q(tmdb_id__gt=0),
                name="movie_tmdb_id_positive_check",
            ),
        ]
        indexes = [
            models.Index(fields=["imdb_id"], name="movie_imdb_id_idx"),
            models.Index(
                fields=["-vote_count", "-popularity", "id"], name="movie_by_popularity_idx"
            ),
            models.Index(fields=["-year", "id"], name="movie_year_idx"),
            models.Index(models.F("year").desc(nulls_last=True), "id", name="movie_newest_idx"),
            models.Index(fields=["title", "id"], name="movie_title_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.year})" if self.year else self.title

    @property
    def poster_url(self) -> str | None:
        return _image_url("w500", self.poster_path)

    @property
    def backdrop_url(self) -> str | None:
        return _image_url("w1280", self.backdrop_path)


def _image_url(size: str, path: str) -> str | None:
    return f"{IMAGE_HOST}/{size}{path}" if path else None


class SourceTitle(models.Model):
    """A title of an outside data set and the film that it is here.

    Several titles of one source may be one film (a data set's duplicates merge), so the
    mapping is a row of its own and repeated imports find the same films again.
    """

    class Source(models.TextChoices):
        MOVIELENS = "movielens"

    source = models.CharField(max_length=20, choices=Source)
    source_id = models.CharField(max_length=40)
    movie = models.ForeignKey(Movie, on_delete=models.CASCADE, related_name="source_titles")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_id"], name="sourcetitle_source_source_id_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.source_id}"
