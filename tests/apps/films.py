"""Films of which everything is known, for tests of what shows it."""

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from apps.movies.models import (
    Collection,
    Company,
    Country,
    Credit,
    Keyword,
    Language,
    ListEntry,
    ListName,
    ListState,
    Movie,
    Person,
    Provider,
)
from services.catalog.search_documents import refresh_all

FETCHED_AT = datetime(2026, 11, 22, 3, tzinfo=UTC)
SYNCED_AT = datetime(2026, 11, 22, 3, 10, tzinfo=UTC)
_numbers = count(1)


def index_films() -> None:
    """As a worker does when films have changed."""
    refresh_all()


def make_person(**fields: Any) -> Person:
    number = next(_numbers)
    return Person.objects.create(**{"id": 5_000_000 + number, "name": f"Person {number}"} | fields)


def make_credit(movie: Movie, **fields: Any) -> Credit:
    """A part in the film, unless `is_cast` says otherwise."""
    number = next(_numbers)
    fields = {"is_cast": True, "position": number, "credit_id": f"c{number}"} | fields
    if "person" not in fields:
        fields["person"] = make_person()
    return Credit.objects.create(movie=movie, **fields)


def store_list(name: ListName, movies: list[Movie]) -> None:
    """As a sync does: the films by their ranks, and when that was."""
    for rank, movie in enumerate(movies, start=1):
        ListEntry.objects.create(list=name, rank=rank, movie=movie)
    ListState.objects.create(list=name, fetched_at=FETCHED_AT)


def tell_everything(movie: Movie) -> None:
    """Give the film at least one row of each kind that its page shows."""
    movie.collection = Collection.objects.create(
        id=8091, name="Alien Collection", poster_path="/collection.jpg"
    )
    movie.tagline, movie.status, movie.homepage = "In space", "Released", "https://alien.example/"
    movie.budget, movie.revenue = 11_000_000, 104_931_801
    movie.production_countries, movie.spoken_languages = ["GB", "XX"], ["en", "qq"]
    movie.synced_at = SYNCED_AT
    movie.save()
    Country.objects.create(code="GB", name="United Kingdom")
    Language.objects.create(code="en", name="English", english_name="English")
    movie.keywords.add(Keyword.objects.create(id=9882, name="space"))
    movie.companies.add(
        Company.objects.create(id=25, name="Fox", logo_path="/fox.png", origin_country="US")
    )
    _credit(movie)
    _release(movie)


def _credit(movie: Movie) -> None:
    lead = make_person(id=10205, name="Sigourney Weaver", profile_path="/weaver.jpg")
    make_credit(movie, person=lead, character="Ripley", position=0)
    director = make_person(id=578, name="Ridley Scott")
    make_credit(
        movie, person=director, is_cast=False, department="Directing", job="Director", position=3
    )


def _release(movie: Movie) -> None:
    movie.videos.create(
        site="YouTube",
        key="a b&c",
        name="Trailer",
        type="Trailer",
        official=True,
        published_at=SYNCED_AT,
        language="en",
        position=0,
    )
    movie.release_dates.create(
        country="GB", type=3, released_on=date(1979, 9, 6), certification="X"
    )
    Provider.objects.create(id=337, name="Disney Plus", logo_path="/disney.png")
    movie.watch.create(country="CH", link="https://watch.example/", flatrate=[337, 404])
    movie.translations.create(language="fr", country="FR", title="Alien, le huitième passager")
    movie.alternative_titles.create(country="AR", title="El octavo pasajero", type="informal")
