import re
from datetime import date

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.movies.filtering.parameters import FILTERS
from apps.movies.serializers.films import MovieOutput
from tests.apps.api import refused
from tests.apps.films import index_films
from tests.apps.query_counts import captured_queries
from tests.factories import make_genre, make_movie

pytestmark = pytest.mark.django_db

MOVIES = "/api/v1/movies/"


def titles(client: APIClient, query: str = "") -> list[str]:
    response = client.get(f"{MOVIES}{query}")
    assert response.status_code == 200
    return [movie["title"] for movie in response.json()["results"]]


def test_a_film_is_listed_with_every_field_of_its_card(client: APIClient) -> None:
    movie = make_movie(
        tmdb_id=348,
        imdb_id="tt0078748",
        title="Alien",
        original_title="Alien",
        release_date=date(1979, 5, 25),
        year=1979,
        runtime=117,
        original_language="en",
        overview="A distress call.",
        poster_path="/poster.jpg",
        backdrop_path="/backdrop.jpg",
        vote_average=8.2,
        vote_count=15000,
        popularity=61.5,
        genres=("Horror",),
    )

    shown = {
        "id": movie.pk,
        "tmdb_id": 348,
        "imdb_id": "tt0078748",
        "title": "Alien",
        "original_title": "Alien",
        "release_date": "1979-05-25",
        "year": 1979,
        "genres": [{"id": make_genre("Horror").pk, "name": "Horror", "slug": "horror"}],
        "runtime": 117,
        "original_language": "en",
        "overview": "A distress call.",
        "poster_url": "https://image.tmdb.org/t/p/w500/poster.jpg",
        "backdrop_url": "https://image.tmdb.org/t/p/w1280/backdrop.jpg",
        "certification": None,
        "vote_average": 8.2,
        "vote_count": 15000,
        "popularity": 61.5,
        "me": None,
    }
    assert client.get(MOVIES).json() == {"next": None, "previous": None, "results": [shown]}


def test_what_is_not_known_about_a_film_is_null(client: APIClient) -> None:
    make_movie(tmdb_id=None, year=None)

    (shown,) = client.get(MOVIES).json()["results"]

    unknown = {name for name, value in shown.items() if value is None}
    assert unknown == {
        "tmdb_id",
        "imdb_id",
        "release_date",
        "year",
        "runtime",
        "poster_url",
        "backdrop_url",
        "certification",
        "vote_average",
        "me",
    }


def test_a_list_reads_no_more_of_a_film_than_it_shows(client: APIClient) -> None:
    make_movie()

    with captured_queries() as statements:
        assert client.get(MOVIES).status_code == 200

    # Between them genres and, once in minutes, sizes of images.
    listed, *_, films = statements
    assert listed.startswith("SELECT film.id FROM ")
    columns = set(re.findall(r"film\.(\w+)", films.rpartition(" FROM movies_movie")[0]))
    shown = {*MovieOutput.Meta.fields, "poster_path", "backdrop_path"}
    # Whether lists may show it, of which version it is, and whose certification counts.
    told = {"adult", "tombstoned_at", "xmin", "origin_countries"}
    made = {"genres", "poster_url", "backdrop_url", "certification", "me"}
    assert columns - told == shown - made


def test_adult_and_removed_titles_are_in_no_list(client: APIClient) -> None:
    make_movie(title="Shown", genres=("Drama",))
    make_movie(title="Adult", genres=("Drama",), adult=True)
    make_movie(title="Removed", genres=("Drama",), tombstoned_at=timezone.now())
    index_films()

    assert titles(client) == titles(client, "?genre=drama") == ["Shown"]


@pytest.mark.parametrize("movie_id", ["x", "-1", "1.5", "9" * 5000, "%00"])
def test_an_id_that_is_no_number_is_no_address(client: APIClient, movie_id: str) -> None:
    refused(client.get(f"{MOVIES}{movie_id}/"), 404, "not_found")


def test_orderings_have_unknown_years_last_and_break_ties_by_id(client: APIClient) -> None:
    make_movie(title="B", year=1999, vote_count=5, popularity=1)
    make_movie(title="A", year=None, vote_count=9, popularity=0)
    make_movie(title="C", year=1950, vote_count=5, popularity=2)
    make_movie(title="D", year=1999, vote_count=0, popularity=3)

    assert titles(client) == titles(client, "?ordering=-popularity") == ["A", "B", "C", "D"]
    assert titles(client, "?ordering=popularity") == ["D", "C", "B", "A"]
    assert titles(client, "?ordering=-year") == ["B", "D", "C", "A"]
    assert titles(client, "?ordering=year") == ["C", "D", "B", "A"]
    assert titles(client, "?ordering=title") == ["A", "B", "C", "D"]
    assert titles(client, "?ordering=-title") == ["D", "C", "B", "A"]


def test_filters_narrow_the_list_alone_and_together(client: APIClient) -> None:
    make_movie(title="The Matrix", year=1999, genres=("Action", "Science Fiction"))
    make_movie(title="Matrimony", year=2004, genres=("Comedy",))
    make_movie(title="100% Wolf_", year=2020, genres=("Action",))
    index_films()

    assert titles(client, "?genre=action&ordering=title") == ["100% Wolf_", "The Matrix"]
    assert titles(client, "?year=2004") == ["Matrimony"]
    assert titles(client, "?title=MATRI&ordering=year") == ["The Matrix", "Matrimony"]
    assert titles(client, "?title=matri&genre=action&year=1999") == ["The Matrix"]
    assert titles(client, "?title=matri&genre=action&year=2004") == []
    assert titles(client, "?title=0%25") == titles(client, "?title=f_") == ["100% Wolf_"]


def test_films_are_found_by_all_of_several_genres_by_slug_or_id(client: APIClient) -> None:
    make_movie(title="Both", genres=("Action", "Science Fiction"))
    make_movie(title="One", genres=("Action",))
    action, fiction = make_genre("Action"), make_genre("Science Fiction")
    index_films()

    both = ["Both"]
    assert titles(client, f"?genre={action.pk}&ordering=title") == ["Both", "One"]
    assert titles(client, "?genre=action,science-fiction") == both
    assert titles(client, f"?genre={action.pk},{fiction.pk}") == both
    assert titles(client, f"?genre=science-fiction,{action.pk},action") == both


@pytest.mark.parametrize(
    ("query", "code", "named"),
    [
        ("?genre=action,none", "invalid", "genre"),
        ("?genre=action,", "invalid", "genre"),
        ("?genre=0", "invalid", "genre"),
        ("?genre=2147483648", "invalid", "genre"),
        ("?genre=" + ",".join(map(str, range(11))), "invalid", "genre"),
        ("?genre=none", "invalid", "genre"),
        ("?genre=%00", "invalid", "genre"),
        ("?year=x", "invalid", "year"),
        ("?year=1e3", "invalid", "year"),
        ("?year=1999.0", "invalid", "year"),
        ("?year=%2B1999", "invalid", "year"),
        ("?year=%201999", "invalid", "year"),
        ("?year=%D9%A1%D9%A9%D9%A9%D9%A9", "invalid", "year"),
        ("?year=99999999999999999999", "invalid", "year"),
        (f"?year={'9' * 5000}", "invalid", "year"),
        ("?year=1869", "invalid", "year"),
        ("?vote_average_min=x", "invalid", "vote_average_min"),
        ("?vote_average_min=-1", "invalid", "vote_average_min"),
        ("?vote_average_min=+1", "invalid", "vote_average_min"),
        ("?vote_average_min=nan", "invalid", "vote_average_min"),
        ("?vote_average_max=10.01", "invalid", "vote_average_max"),
        ("?vote_average_max=1e999", "invalid", "vote_average_max"),
        ("?title=a", "invalid", "title"),
        ("?title=%00%00", "invalid", "title"),
        (f"?title={'a' * 101}", "invalid", "title"),
        ("?genre=", "invalid", "genre"),
        ("?ordering=", "invalid", "ordering"),
        ("?title=", "invalid", "title"),
        ("?year=", "invalid", "year"),
        ("?ordering=vote_count", "unknown_parameter", "ordering"),
        ("?ordering=-popularity,year", "unknown_parameter", "ordering"),
        ("?search=alien", "unknown_parameter", "allowed"),
        ("?format=json", "unknown_parameter", "allowed"),
        ("?%00=1", "unknown_parameter", "allowed"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_refused_by_name(
    client: APIClient, query: str, code: str, named: str
) -> None:
    make_genre("Action")

    error = refused(client.get(f"{MOVIES}{query}"), 400, code)

    assert list(error["details"]) == [named]


@pytest.mark.parametrize("least", ["0", "7", "7.0", "6.689944035296738", "5e-324", "1e-999"])
def test_an_average_may_be_written_as_numbers_are(client: APIClient, least: str) -> None:
    make_movie(title="Known", vote_average=7)

    assert titles(client, f"?vote_average_min={least}") == ["Known"]


def test_an_unknown_ordering_names_the_orderings(client: APIClient) -> None:
    error = refused(client.get(f"{MOVIES}?ordering=vote_count"), 400, "unknown_parameter")

    assert error["details"]["ordering"][0]["message"] == (
        "The orderings are -popularity, popularity, -vote_average, -release_date, release_date, "
        "-year, year, title, -title."
    )


def test_an_unknown_parameter_names_the_parameters(client: APIClient) -> None:
    error = refused(client.get(f"{MOVIES}?search=alien"), 400, "unknown_parameter")

    assert error["details"] == {
        "allowed": sorted({*FILTERS, "fields", "ordering", "page", "page_size", "title"})
    }


def test_genres_are_listed_by_name(client: APIClient) -> None:
    horror, action = make_genre("Horror"), make_genre("Action")

    assert client.get(f"{MOVIES}genres/").json()["results"] == [
        {"id": action.pk, "name": "Action", "slug": "action"},
        {"id": horror.pk, "name": "Horror", "slug": "horror"},
    ]
