from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import OpClass
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Upper

from apps.movies.querysets import MovieQuerySet

from .facts import Collection, Company, Keyword, image_path

EARLIEST_YEAR = 1870
LATEST_YEAR = 2200
MAX_VOTE = 10

_imdb_id = RegexValidator(
    r"\Att[0-9]{7,10}\Z",
    "Write an IMDb id like tt0078748: tt and seven to ten digits.",
    code="invalid_imdb_id",
)
_years = [
    MinValueValidator(EARLIEST_YEAR, f"No film is older than {EARLIEST_YEAR}."),
    MaxValueValidator(LATEST_YEAR, f"A year is at most {LATEST_YEAR}."),
]
_positive = MinValueValidator(1, "A TMDb id is a positive number.")
_votes = [
    MinValueValidator(0, "An average of votes is at least 0."),
    MaxValueValidator(MAX_VOTE, f"An average of votes is at most {MAX_VOTE}."),
]
_popularity = MinValueValidator(0, "A popularity is at least 0.")


def _codes() -> ArrayField[Any, Any]:
    return ArrayField(models.CharField(max_length=3), default=list, db_default=[], blank=True)


class Genre(models.Model):
    """A genre, in TMDb's vocabulary where TMDb has one."""

    id = models.AutoField(primary_key=True)
    tmdb_id = models.IntegerField(unique=True, null=True, blank=True)
    name = models.CharField(max_length=60, unique=True)
    slug = models.SlugField(max_length=60, unique=True)

    def __str__(self) -> str:
        return self.name


class Movie(models.Model):
    """A film. `year` stands where only the year is known; `release_date` is more exact.

    Columns added for TMDb have defaults in the database, so that imports need not name them.
    """

    # What an operator may correct; a corrected field is locked and no sync writes it.
    LOCKABLE_FIELDS = (
        *("title", "original_title", "original_language", "overview", "tagline", "homepage"),
        *("imdb_id", "release_date", "year", "runtime", "status", "budget", "revenue", "adult"),
        *("video", "collection", "poster_path", "backdrop_path", "genres"),
    )

    # Lists store film ids in int4 arrays; four bytes outlast TMDb's catalogue a thousandfold.
    id = models.AutoField(primary_key=True)
    tmdb_id = models.IntegerField(
        "TMDb id", unique=True, null=True, blank=True, validators=[_positive]
    )
    # TMDb can give one IMDb id to two titles, so this one is an index and no constraint.
    imdb_id = models.CharField(  # noqa: DJ001
        "IMDb id", max_length=12, null=True, blank=True, validators=[_imdb_id]
    )
    title = models.CharField(max_length=500)
    original_title = models.CharField(max_length=500, blank=True)
    release_date = models.DateField(null=True, blank=True)
    year = models.PositiveSmallIntegerField(null=True, blank=True, validators=_years)
    runtime = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Minutes")
    original_language = models.CharField(max_length=8, blank=True)
    overview = models.TextField(blank=True)
    poster_path = models.CharField(max_length=120, blank=True, validators=[image_path])
    backdrop_path = models.CharField(max_length=120, blank=True, validators=[image_path])
    vote_average = models.FloatField(null=True, blank=True, validators=_votes, help_text="0 to 10")
    vote_count = models.PositiveIntegerField(default=0)
    popularity = models.FloatField(default=0, validators=[_popularity])
    adult = models.BooleanField(default=False)
    genres = models.ManyToManyField(Genre, related_name="movies", blank=True)

    tagline = models.CharField(max_length=500, blank=True, default="", db_default="")
    homepage = models.URLField(max_length=500, blank=True, default="", db_default="")
    # TMDb's vocabulary is open: Released, Planned, In Production, ...
    status = models.CharField(max_length=40, blank=True, default="", db_default="")
    budget = models.BigIntegerField(null=True, blank=True, help_text="US dollars")
    revenue = models.BigIntegerField(null=True, blank=True, help_text="US dollars")
    video = models.BooleanField(
        default=False, db_default=False, help_text="Not shown in cinemas: a compilation, say."
    )
    collection = models.ForeignKey(
        Collection,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="movies",
        db_index=False,
    )
    keywords = models.ManyToManyField(Keyword, related_name="movies", blank=True)
    companies = models.ManyToManyField(Company, related_name="movies", blank=True)
    # Codes of Country and Language, without the cost of a row for each.
    origin_countries = _codes()
    production_countries = _codes()
    spoken_languages = _codes()

    locked_fields = ArrayField(
        models.CharField(max_length=30), default=list, db_default=[], blank=True
    )
    # Whether TMDb has told us of it in any way; titles of other sources are never blanked.
    from_tmdb = models.BooleanField(default=False, db_default=False)
    # When a page of a list told its facts, and when its details did.
    listed_at = models.DateTimeField(null=True, blank=True)
    synced_at = models.DateTimeField(null=True, blank=True)
    # TMDb has removed the title. The row stays for the sake of those who rated it.
    tombstoned_at = models.DateTimeField(null=True, blank=True)
    # The facts were older than TMDb's terms let them be kept.
    blanked_at = models.DateTimeField(null=True, blank=True)
    etag = models.CharField(max_length=100, blank=True, default="", db_default="")
    # A hash of each part of the stored details, so that only what changed is written again.
    digests = models.JSONField(default=dict, db_default={}, blank=True)

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
            models.CheckConstraint(
                condition=models.Q(vote_average__isnull=True)
                | models.Q(vote_average__range=(0, MAX_VOTE)),
                name="movie_vote_average_range_check",
            ),
        ]
        indexes = [
            # Hundreds of thousands of titles are known by the export's line alone: what they lack
            # is in no index, and what changes every day, their popularity, in none at all.
            models.Index(
                fields=["imdb_id"],
                condition=models.Q(imdb_id__isnull=False),
                name="movie_imdb_id_idx",
            ),
            models.Index(
                fields=["collection"],
                condition=models.Q(collection__isnull=False),
                name="movie_collection_idx",
            ),
            models.Index(
                fields=["synced_at"],
                condition=models.Q(synced_at__isnull=False),
                name="movie_synced_at_idx",
            ),
            # What statistics of a library need of each of its films, without the films' wide rows.
            models.Index(
                fields=["id"],
                include=["year", "runtime"],
                condition=models.Q(year__isnull=False) | models.Q(runtime__isnull=False),
                name="movie_facts_idx",
            ),
            models.Index(fields=["-vote_count", "id"], name="movie_by_votes_idx"),
            # All that filters ask of numbers, without the films' wide rows.
            models.Index(
                fields=["-vote_average", "-vote_count", "id"],
                include=["year", "release_date", "runtime"],
                condition=models.Q(
                    adult=False, tombstoned_at__isnull=True, vote_average__isnull=False
                ),
                name="movie_listed_average_idx",
            ),
            # Of films that everybody may be shown, those of a filter and their votes, without the
            # films' wide rows. A new count of votes is written to every index of the film anyway.
            models.Index(
                fields=["year", "-vote_count", "id"],
                condition=models.Q(adult=False, tombstoned_at__isnull=True, year__isnull=False),
                name="movie_listed_year_idx",
            ),
            models.Index(
                fields=["runtime", "-vote_count", "id"],
                condition=models.Q(adult=False, tombstoned_at__isnull=True, runtime__isnull=False),
                name="movie_listed_runtime_idx",
            ),
            models.Index(
                fields=["original_language", "-vote_count", "id"],
                condition=models.Q(adult=False, tombstoned_at__isnull=True)
                & ~models.Q(original_language=""),
                name="movie_listed_language_idx",
            ),
            # Those for adults are few, and sorted by anything else when they are asked for.
            models.Index(
                fields=["-vote_count", "id"],
                condition=models.Q(adult=True, tombstoned_at__isnull=True),
                name="movie_adult_idx",
            ),
            models.Index(fields=["-year", "id"], name="movie_year_idx"),
            models.Index(models.F("year").desc(nulls_last=True), "id", name="movie_newest_idx"),
            models.Index(fields=["title", "id"], name="movie_title_idx"),
            # The beginning of a title in any case: `upper(title) LIKE 'ALIEN%'`.
            models.Index(
                OpClass(Upper("title"), name="text_pattern_ops"), name="movie_title_upper_idx"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.year})" if self.year else self.title


class SourceTitle(models.Model):
    """A title of an outside data set and the film that it is here.

    Several titles of one source may be one film (a data set's duplicates merge), so the
    mapping is a row of its own and repeated imports find the same films again.
    """

    class Source(models.TextChoices):
        MOVIELENS = "movielens"
        # Invented films, to measure with.
        GENERATED = "generated"

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
