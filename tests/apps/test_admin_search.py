"""What the admin's searches, filters and columns find, take and refuse."""

from typing import Any

import pytest
from django.test import Client

from apps.core.model_admins import LargeTableAdmin
from apps.favorites.models import Rating
from apps.movies.models import Movie
from apps.users.models import User
from tests.apps.admin_pages import REGISTERED, admin_of, url
from tests.apps.query_counts import captured_queries
from tests.factories import make_movie, make_rating, make_user

pytestmark = pytest.mark.django_db

LARGE = [model for model in REGISTERED if isinstance(admin_of(model), LargeTableAdmin)]


@pytest.mark.parametrize(
    "term", ["ALIEN", "alien", "603", "9" * 30, "9" * 5000, "٣", "%", "\\", "x@example.com", "\x00"]
)
@pytest.mark.parametrize("model", LARGE)
def test_a_search_for_anything_answers(operator: Client, model: Any, term: str) -> None:
    assert operator.get(url(model, "changelist"), {"q": term}).status_code == 200


@pytest.mark.parametrize("value", ["x", "9" * 30, "-1", "1; DROP TABLE", "\x00"])
@pytest.mark.parametrize("name", ["user", "movie"])
def test_a_filter_by_something_else_than_an_id_is_sent_back(
    operator: Client, name: str, value: str
) -> None:
    response = operator.get(url(Rating, "changelist"), {name: value})

    assert (response.status_code, response["Location"]) == (302, f"{url(Rating, 'changelist')}?e=1")


def test_only_the_offered_filters_are_taken(operator: Client) -> None:
    assert operator.get(url(Movie, "changelist"), {"overview__contains": "a"}).status_code == 400


def test_only_indexed_columns_sort(operator: Client) -> None:
    columns = operator.get(url(Movie, "changelist")).context["cl"].list_display

    with captured_queries() as by_title:
        operator.get(url(Movie, "changelist"), {"o": str(columns.index("title"))})
    with captured_queries() as by_popularity:
        operator.get(url(Movie, "changelist"), {"o": str(columns.index("popularity"))})

    assert any('ORDER BY "movies_movie"."title" ASC' in sql for sql in by_title)
    assert not any('ORDER BY "movies_movie"."popularity"' in sql for sql in by_popularity)


def test_a_page_beyond_the_counted_rows_is_sent_back(operator: Client) -> None:
    viewer = make_user()
    films = [make_movie() for _ in range(LargeTableAdmin.list_per_page + 1)]
    Rating.objects.bulk_create(Rating(user=viewer, movie=film, score=5) for film in films)

    response = operator.get(url(Rating, "changelist"), {"p": "900000"})

    assert response["Location"] == f"{url(Rating, 'changelist')}?e=1"


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("the mat", {"The Matrix"}),
        ("THE MATRIX", {"The Matrix"}),
        ("matrix", set()),
        ("603", {"The Matrix"}),
        ("tt0078748", {"Alien"}),
        ("TT0078748", {"Alien"}),
        ("100%", {"100% Wolf"}),
        ("%", set()),
        ("été", {"Été 85"}),
    ],
)
def test_films_are_found(operator: Client, term: str, found: set[str]) -> None:
    make_movie(title="The Matrix", tmdb_id=603)
    make_movie(title="Alien", imdb_id="tt0078748", tmdb_id=348)
    make_movie(title="100% Wolf")
    make_movie(title="Été 85")

    page = operator.get(url(Movie, "changelist"), {"q": term})

    assert {movie.title for movie in page.context["cl"].result_list} == found


def test_accounts_are_found_by_the_beginning_of_the_address_and_by_id(operator: Client) -> None:
    ada = make_user(email="ada@example.com")
    make_user(email="bob@example.com")

    for term in ("ADA@ex", str(ada.pk)):
        page = operator.get(url(User, "changelist"), {"q": term})
        assert list(page.context["cl"].result_list) == [ada]


def test_rows_are_found_by_viewer_and_film(operator: Client) -> None:
    viewer, film = make_user(), make_movie()
    wanted = make_rating(user=viewer, movie=film)
    make_rating(user=make_user(), movie=make_movie())

    for asked in (
        {"q": viewer.email.upper()},
        {"q": str(viewer.pk)},
        {"user": str(viewer.pk)},
        {"movie": str(film.pk)},
    ):
        page = operator.get(url(Rating, "changelist"), asked)
        assert list(page.context["cl"].result_list) == [wanted]
