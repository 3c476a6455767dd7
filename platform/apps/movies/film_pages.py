"""All that a film's own page shows, in a fixed number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.db.models import Case, QuerySet, Value, When

from .models import (
    AlternativeTitle,
    Company,
    Country,
    Credit,
    Keyword,
    Language,
    Movie,
    Provider,
    ReleaseDate,
    Translation,
    Video,
    WatchAvailability,
)

MOST_CREDITS = 20
OFFERS = ("flatrate", "free", "ads", "rent", "buy")

# The crew's order: who made the film what it is comes first, whatever TMDb's order.
_JOBS = ("Director", "Screenplay", "Writer", "Story", "Novel", "Characters", "Producer")
_DEPARTMENTS = (
    *("Directing", "Writing", "Production", "Camera", "Editing", "Sound", "Art"),
    *("Costume & Make-Up", "Visual Effects", "Lighting", "Crew"),
)
_BY_WEIGHT = Case(
    *(When(job=job, then=Value(rank)) for rank, job in enumerate(_JOBS)),
    *(
        When(department=department, then=Value(rank))
        for rank, department in enumerate(_DEPARTMENTS, start=len(_JOBS))
    ),
    default=Value(len(_JOBS) + len(_DEPARTMENTS)),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class FilmPage:
    movie: Movie
    keywords: list[Keyword]
    companies: list[Company]
    cast: list[Credit]
    crew: list[Credit]
    videos: list[Video]
    release_dates: list[ReleaseDate]
    watch: list[WatchAvailability]
    providers: dict[int, Provider]
    translations: list[Translation]
    alternative_titles: list[AlternativeTitle]
    countries: dict[str, Country]
    languages: dict[str, Language]


def read_film_page(**film: int) -> FilmPage:
    """Raises Movie.DoesNotExist. A title that lists hide has its page all the same."""
    movie = Movie.objects.select_related("collection").with_genres().get(**film)
    watch = list(movie.watch.order_by("country"))
    return FilmPage(
        movie=movie,
        keywords=list(movie.keywords.order_by("name", "pk")),
        companies=list(movie.companies.order_by("name", "pk")),
        cast=_credits(movie, "position", is_cast=True),
        crew=_credits(movie, _BY_WEIGHT, "position", is_cast=False),
        videos=list(movie.videos.order_by("position", "pk")),
        release_dates=list(movie.release_dates.order_by("country", "released_on", "type", "pk")),
        watch=watch,
        providers=Provider.objects.in_bulk(_providers_of(watch)),
        translations=list(movie.translations.order_by("language", "country")),
        alternative_titles=list(movie.alternative_titles.order_by("country", "title", "pk")),
        countries=Country.objects.in_bulk(movie.production_countries),
        languages=Language.objects.in_bulk(movie.spoken_languages),
    )


def _credits(movie: Movie, *order: Any, is_cast: bool) -> list[Credit]:
    found: QuerySet[Credit] = movie.credits.filter(is_cast=is_cast).select_related("person")
    return list(found.order_by(*order)[:MOST_CREDITS])


def _providers_of(watch: Iterable[WatchAvailability]) -> set[int]:
    return set(chain.from_iterable(getattr(row, offer) for row in watch for offer in OFFERS))
