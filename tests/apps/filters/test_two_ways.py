"""Films are walked through or sorted, whichever is faster: they are the same ones."""

import random

import pytest
from django.db import connection
from rest_framework.request import Request
from rest_framework.test import APIClient, APIRequestFactory

from apps.movies.filtering import listing
from apps.movies.filtering.film_filter import FilmFilter
from apps.movies.filtering.listing import FilteredFilms
from apps.movies.views.film_list_parameters import listed_films
from tests.apps.films import index_films
from tests.apps.query_counts import captured_queries
from tests.factories import make_movie

from .drawing import draw_combination, draw_ordering
from .rows import Catalogue

pytestmark = pytest.mark.django_db

COMBINATIONS = 60
FIRST, SECOND = slice(0, 21), slice(20, 41)


@pytest.mark.parametrize("seed", range(5))
def test_both_ways_lead_to_the_same_films(catalogue: Catalogue, seed: int) -> None:
    rng = random.Random(seed)
    pages = 0
    for _ in range(COMBINATIONS):
        drawn = draw_combination(catalogue.films, rng, but={"hide_seen"}) | draw_ordering(rng)
        films = listed_films(Request(APIRequestFactory().get("/", drawn)))
        for page in (FIRST, SECOND):
            walked = films.walked(page, most=None)
            assert walked == films.sorted(page) == films[page], drawn
            pages += bool(walked)
    assert pages > COMBINATIONS / 2


def ways_of(films: FilteredFilms, page: slice) -> list[str]:
    """Which ways were gone, in their order."""
    with captured_queries() as statements:
        films[page]
    return [
        "sorted" if statement.startswith("WITH film") else "walked"
        for statement in statements
        if statement.startswith(("WITH film", "SELECT film.id"))
    ]


def analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE movies_movie, movies_searchdocument")


@pytest.fixture
def _few_are_walked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the few films of a test, too."""
    monkeypatch.setattr(listing, "_FIRST", 10)


@pytest.mark.usefixtures("_few_are_walked_through")
def test_films_are_walked_through_where_many_fit_and_sorted_where_few_do(
    catalogue: Catalogue,
) -> None:
    analyze()

    assert ways_of(FilteredFilms(FilmFilter(year_min=1900), "-popularity"), slice(0, 5)) == [
        "walked"
    ]
    assert ways_of(FilteredFilms(FilmFilter(person_ids=(1,)), "-popularity"), slice(0, 21)) == [
        *("walked", "sorted")
    ]


@pytest.mark.usefixtures("_few_are_walked_through")
def test_where_none_of_the_first_films_fits_all_are_sorted(catalogue: Catalogue) -> None:
    """The planner does not know that films in this language have no votes."""
    unknown = [make_movie(vote_count=0, original_language="qq") for _ in range(30)]
    index_films()
    analyze()
    films = FilteredFilms(FilmFilter(languages=("qq",)), "-popularity")

    assert ways_of(films, slice(0, 5)) == ["walked", "sorted"]
    assert films[slice(0, 5)] == sorted(film.pk for film in unknown)[:5]


@pytest.mark.parametrize("query", ["", "?ordering=-year", "?hide_seen=false&ordering=title"])
def test_a_list_that_nothing_narrows_is_walked_through_without_asking_the_planner(
    catalogue: Catalogue, client: APIClient, query: str
) -> None:
    with captured_queries() as statements:
        assert client.get(f"/api/v1/movies/{query}").status_code == 200

    assert not [each for each in statements if each.startswith(("EXPLAIN", "WITH film"))]
    assert len([each for each in statements if each.startswith("SELECT film.id FROM")]) == 1


def test_a_year_may_lie_outside_of_a_range_on_either_side(client: APIClient) -> None:
    make_movie(year=1995)

    for query in ("year=1995&year_max=1990", "year=1995&year_min=2000"):
        assert client.get(f"/api/v1/movies/?{query}").json()["results"] == []


def test_somebody_who_saw_very_much_may_hide_it(catalogue: Catalogue) -> None:
    seen = frozenset(film.id for film in catalogue.films[:200]) | frozenset(range(1, 30_000))
    films = FilteredFilms(FilmFilter(languages=("en",), excluded_ids=seen), "-popularity")

    left = films.sorted(slice(0, 500))

    every = FilteredFilms(FilmFilter(languages=("en",)), "-popularity").sorted(slice(0, 500))
    assert left == [movie_id for movie_id in every if movie_id not in seen]
    assert left == films.walked(slice(0, 500), most=None)
    assert 0 < len(left) < len(every)
