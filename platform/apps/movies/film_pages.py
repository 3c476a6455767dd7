"""All that a film's own page shows, at most a query for each part."""

from collections.abc import Iterable
from functools import cached_property
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


class FilmPage:
    """Each part is read when it is first asked for, so what nobody asks for is not."""

    def __init__(self, movie: Movie) -> None:
        self.movie = movie

    @cached_property
    def keywords(self) -> list[Keyword]:
        return list(self.movie.keywords.order_by("name", "pk"))

    @cached_property
    def companies(self) -> list[Company]:
        return list(self.movie.companies.order_by("name", "pk"))

    @cached_property
    def cast(self) -> list[Credit]:
        return _credits(self.movie, "position", is_cast=True)

    @cached_property
    def crew(self) -> list[Credit]:
        return _credits(self.movie, _BY_WEIGHT, "position", is_cast=False)

    @cached_property
    def videos(self) -> list[Video]:
        return list(self.movie.videos.order_by("position", "pk"))

    @cached_property
    def release_dates(self) -> list[ReleaseDate]:
        return list(self.movie.release_dates.order_by("country", "released_on", "type", "pk"))

    @cached_property
    def watch(self) -> list[WatchAvailability]:
        return list(self.movie.watch.order_by("country"))

    @cached_property
    def providers(self) -> dict[int, Provider]:
        return Provider.objects.in_bulk(_providers_of(self.watch))

    @cached_property
    def translations(self) -> list[Translation]:
        return list(self.movie.translations.order_by("language", "country"))

    @cached_property
    def alternative_titles(self) -> list[AlternativeTitle]:
        return list(self.movie.alternative_titles.order_by("country", "title", "pk"))

    @cached_property
    def countries(self) -> dict[str, Country]:
        return Country.objects.in_bulk(self.movie.production_countries)

    @cached_property
    def languages(self) -> dict[str, Language]:
        return Language.objects.in_bulk(self.movie.spoken_languages)


def read_film_page(**film: int) -> FilmPage:
    """Raises Movie.DoesNotExist. A title that lists hide has its page all the same."""
    return FilmPage(Movie.objects.select_related("collection").get(**film))


def _credits(movie: Movie, *order: Any, is_cast: bool) -> list[Credit]:
    found: QuerySet[Credit] = movie.credits.filter(is_cast=is_cast).select_related("person")
    return list(found.order_by(*order)[:MOST_CREDITS])


def _providers_of(watch: Iterable[WatchAvailability]) -> set[int]:
    return set(chain.from_iterable(getattr(row, offer) for row in watch for offer in OFFERS))
