"""What is known of one film in many places: names, posters, releases, where to watch, trailers."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from apps.movies.watching import INDEXED

from .facts import PATH_CHARS, image_path
from .films import Movie


class Translation(models.Model):
    """Title and texts in a language of a country; what is empty was not translated."""

    movie = models.ForeignKey(Movie, models.CASCADE, related_name="translations", db_index=False)
    language = models.CharField(max_length=3)
    country = models.CharField(max_length=2, blank=True)
    title = models.CharField(max_length=500, blank=True)
    overview = models.TextField(blank=True)
    tagline = models.CharField(max_length=500, blank=True)
    homepage = models.CharField(max_length=500, blank=True)
    runtime = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Minutes")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["movie", "language", "country"],
                name="translation_movie_language_country_unique",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.movie_id} in {self.language}-{self.country}"


class Poster(models.Model):
    """The best poster in a language; one without a language has no text, or none is known."""

    movie = models.ForeignKey(Movie, models.CASCADE, related_name="posters", db_index=False)
    language = models.CharField(max_length=3, blank=True)
    path = models.CharField(max_length=PATH_CHARS, validators=[image_path])

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["movie", "language"], name="poster_movie_language_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.movie_id} in {self.language or 'no language'}"


class AlternativeTitle(models.Model):
    movie = models.ForeignKey(Movie, models.CASCADE, related_name="alternative_titles")
    country = models.CharField(max_length=2, blank=True)
    title = models.CharField(max_length=500)
    type = models.CharField(max_length=100, blank=True)

    def __str__(self) -> str:
        return self.title


class Video(models.Model):
    """A trailer or clip on a site such as YouTube."""

    movie = models.ForeignKey(Movie, models.CASCADE, related_name="videos")
    site = models.CharField(max_length=40)
    key = models.CharField(max_length=100)
    name = models.CharField(max_length=300, blank=True)
    type = models.CharField(max_length=40, blank=True)
    official = models.BooleanField(default=False)
    published_at = models.DateTimeField(null=True, blank=True)
    size = models.PositiveIntegerField(null=True, blank=True, help_text="Lines, such as 1080")
    language = models.CharField(max_length=3, blank=True)
    country = models.CharField(max_length=2, blank=True)
    position = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.site} {self.key}"


class ReleaseDate(models.Model):
    """A release in a country, and how it was certified for it."""

    class Type(models.IntegerChoices):
        PREMIERE = 1, "premiere"
        LIMITED = 2, "limited"
        THEATRICAL = 3, "theatrical"
        DIGITAL = 4, "digital"
        PHYSICAL = 5, "physical"
        TV = 6, "tv"

    movie = models.ForeignKey(Movie, models.CASCADE, related_name="release_dates")
    country = models.CharField(max_length=2)
    type = models.PositiveSmallIntegerField(choices=Type)
    released_on = models.DateField()
    certification = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=3, blank=True)

    def __str__(self) -> str:
        return f"{self.movie_id} in {self.country} on {self.released_on}"


class Provider(models.Model):
    """A service where films are watched. JustWatch's data, which TMDb passes on."""

    id = models.IntegerField("TMDb id", primary_key=True)
    name = models.CharField(max_length=100)
    logo_path = models.CharField(max_length=PATH_CHARS, blank=True, validators=[image_path])
    display_priority = models.IntegerField(default=0)

    def __str__(self) -> str:
        return self.name


def _providers() -> ArrayField[list[int], list[int]]:
    return ArrayField(models.IntegerField(), default=list, blank=True)


class WatchAvailability(models.Model):
    """Where a film can be watched in a country: ids of providers, by what they ask for it.

    One row for a film in a country rather than one for each offer: a popular film has hundreds.
    """

    movie = models.ForeignKey(Movie, models.CASCADE, related_name="watch", db_index=False)
    country = models.CharField(max_length=2)
    link = models.CharField(max_length=500, blank=True)
    flatrate = _providers()
    rent = _providers()
    buy = _providers()
    free = _providers()
    ads = _providers()

    class Meta:
        verbose_name_plural = "watch availabilities"
        constraints = [
            models.UniqueConstraint(
                fields=["movie", "country"], name="watchavailability_movie_country_unique"
            ),
        ]
        indexes = [
            GinIndex(*INDEXED, name="watchavailability_offers_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.movie_id} in {self.country}"


class RelatedTitles(models.Model):
    """What TMDb recommends to whoever liked a film, best first, as TMDb ids.

    They need not be films of ours yet, so they are no foreign keys.
    """

    movie = models.OneToOneField(Movie, models.CASCADE, primary_key=True, related_name="related")
    recommended_tmdb_ids = ArrayField(models.IntegerField(), default=list, blank=True)
    similar_tmdb_ids = ArrayField(models.IntegerField(), default=list, blank=True)

    class Meta:
        verbose_name_plural = "related titles"

    def __str__(self) -> str:
        return f"related to {self.movie_id}"
