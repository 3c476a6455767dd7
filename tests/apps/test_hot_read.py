"""The list's fast way answers what the framework's way would, to the byte, or leaves it to that."""

from typing import Any

import psycopg2
import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from apps.favorites.models import NotInterested
from apps.movies.models import Movie
from apps.recommendations import views
from apps.recommendations.models import Generation, RecommendationList
from apps.recommendations.serving.stored_pages import SPARE
from apps.users.models import Session, User
from tests.factories import (
    count_write,
    make_favorite,
    make_generation,
    make_genre,
    make_list,
    make_movie,
    make_not_interested,
    make_rating,
    make_watch_entry,
    make_watchlist_entry,
)

from .films import make_credit
from .query_counts import captured_queries

pytestmark = pytest.mark.django_db

URL = "/api/v1/recommendations/"
# Of each request, and of each answer.
_OWN = {"X-Request-ID", "X-RateLimit-Remaining", "X-RateLimit-Reset"}


@pytest.fixture
def movies() -> list[Movie]:
    return [make_movie(genres=("Drama",), vote_count=100 - place) for place in range(12)]


@pytest.fixture
def generation() -> Generation:
    return make_generation(active=True)


@pytest.fixture
def stored(viewer: User, generation: Generation, movies: list[Movie]) -> RecommendationList:
    liked, loved = make_movie(title="Alien"), make_movie(title="Brazil")
    make_rating(user=viewer, movie=liked, score=9)
    make_favorite(user=viewer, movie=loved)
    because = [[(liked, 600), (loved, 400)], [(loved, 1000)], *([] for _ in movies[2:])]
    return make_list(user=viewer, generation=generation, movies=movies, because=because)


def both_ways(
    client: APIClient, monkeypatch: pytest.MonkeyPatch, path: str = URL, **headers: str
) -> tuple[HttpResponse, HttpResponse]:
    """The answers of the fast way, which has to answer, and of the framework's."""
    told: list[HttpResponse | None] = []
    fast = views.hot_answer

    def noting(request: Any) -> HttpResponse | None:
        told.append(fast(request))
        return told[-1]

    with monkeypatch.context() as patched:
        patched.setattr(views, "hot_answer", noting)
        hot = client.get(path, headers=headers)
        assert told != [None]
        patched.setattr(views, "hot_answer", lambda _request: None)
        return hot, client.get(path, headers=headers)


def headers_of(response: HttpResponse) -> dict[str, str]:
    return {name: value for name, value in response.items() if name not in _OWN | {"ETag"}}


@pytest.mark.parametrize(
    "query", ["", "?limit=5", "?limit=3&min_revision=1", "?limit=2&fields=title,genres,me"]
)
@pytest.mark.usefixtures("stored")
def test_both_ways_answer_alike(
    viewer_client: APIClient, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    path = f"{URL}{query or '?limit=12'}"

    hot, ordinary = both_ways(viewer_client, monkeypatch, path)

    assert hot.status_code == ordinary.status_code == 200
    assert hot.content == ordinary.content
    assert headers_of(hot) == headers_of(ordinary)


@pytest.mark.usefixtures("stored")
def test_both_ways_follow_cursors_alike(
    viewer_client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"{URL}?limit=4"
    for _ in range(3):
        hot, ordinary = both_ways(viewer_client, monkeypatch, path)
        page, same = hot.json(), ordinary.json()
        # Cursors are signed with the second.
        path = page.pop("next")
        same.pop("next")
        assert page == same


def test_both_ways_pass_over_what_was_written_since(
    viewer: User,
    viewer_client: APIClient,
    stored: RecommendationList,
    movies: list[Movie],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_rating(user=viewer, movie=movies[0], score=2)
    make_favorite(user=viewer, movie=movies[1])
    make_watch_entry(user=viewer, movie=movies[2], progress=80)
    make_watch_entry(user=viewer, movie=movies[3], progress=79)
    make_not_interested(user=viewer, movie=movies[4])
    make_watchlist_entry(user=viewer, movie=movies[5])
    count_write(viewer)

    hot, ordinary = both_ways(viewer_client, monkeypatch, f"{URL}?limit=6")

    assert hot.content == ordinary.content
    shown = [result["movie"] for result in hot.json()["results"]]
    assert [film["id"] for film in shown] == [movies[at].pk for at in (3, 5, 6, 7, 8, 9)]
    assert [film["me"]["watchlisted"] for film in shown] == [False, True, *[False] * 4]


@pytest.mark.usefixtures("stored")
def test_both_ways_pass_over_films_of_what_is_not_wanted(
    viewer: User,
    viewer_client: APIClient,
    movies: list[Movie],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person = make_credit(movies[1]).person
    movies[2].genres.set([make_genre("Horror")])
    NotInterested.objects.create(user=viewer, person=person)
    NotInterested.objects.create(user=viewer, genre=make_genre("Horror"))

    hot, ordinary = both_ways(viewer_client, monkeypatch, f"{URL}?limit=4")

    assert hot.content == ordinary.content
    shown = [result["movie"]["id"] for result in hot.json()["results"]]
    assert shown == [movies[at].pk for at in (0, 3, 4, 5)]


@pytest.mark.usefixtures("stored")
def test_both_ways_pass_over_films_that_were_taken_down(
    viewer_client: APIClient, movies: list[Movie], monkeypatch: pytest.MonkeyPatch
) -> None:
    Movie.objects.filter(pk=movies[0].pk).update(adult=True)
    Movie.objects.filter(pk=movies[1].pk).update(tombstoned_at=timezone.now())
    movies[2].delete()

    hot, ordinary = both_ways(viewer_client, monkeypatch, f"{URL}?limit=3")

    assert hot.content == ordinary.content
    shown = [result["movie"]["id"] for result in hot.json()["results"]]
    assert shown == [movie.pk for movie in movies[3:6]]


def test_both_ways_say_alike_that_there_is_no_such_list_yet(
    viewer: User,
    viewer_client: APIClient,
    stored: RecommendationList,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    count_write(viewer)
    path = f"{URL}?min_revision={stored.revision + 1}"

    hot, ordinary = both_ways(viewer_client, monkeypatch, path)

    assert hot.status_code == ordinary.status_code == 202
    assert hot.json() == ordinary.json()
    assert headers_of(hot) == headers_of(ordinary)


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (f"{URL}?limit=51", {}),
        (f"{URL}?page=2", {}),
        (f"{URL}?cursor=x", {}),
        (f"{URL}?fields=price", {}),
        (f"{URL}?min_revision=99", {}),
        (URL, {"Accept": "text/html"}),
        (URL, {"Authorization": "Bearer x"}),
        (URL, {"Authorization": "Basic x"}),
    ],
)
@pytest.mark.usefixtures("stored")
def test_refusals_are_the_frameworks(
    viewer_client: APIClient, monkeypatch: pytest.MonkeyPatch, path: str, headers: dict[str, str]
) -> None:
    with_both = viewer_client.get(path, headers=headers)
    monkeypatch.setattr(views, "hot_answer", lambda _request: None)
    ordinary = viewer_client.get(path, headers=headers)

    assert with_both.status_code == ordinary.status_code
    assert headers_of(with_both) == headers_of(ordinary)
    told, same = with_both.json(), ordinary.json()
    if "error" in told:
        told["error"].pop("request_id")
        same["error"].pop("request_id")
    assert told == same


@pytest.mark.usefixtures("stored")
def test_nobody_and_whose_session_has_ended_are_refused(
    viewer: User, viewer_client: APIClient, client: Client
) -> None:
    assert client.get(URL).status_code == 401
    assert viewer_client.get(f"{URL}?limit=3").status_code == 200

    Session.objects.filter(user=viewer).delete()
    assert viewer_client.get(f"{URL}?limit=3").status_code == 401


def test_whoever_was_deactivated_is_refused(
    viewer: User, viewer_client: APIClient, stored: RecommendationList
) -> None:
    assert viewer_client.get(f"{URL}?limit=3").json()["list_id"] == stored.pk

    User.objects.filter(pk=viewer.pk).update(is_active=False)
    assert viewer_client.get(f"{URL}?limit=3").status_code == 401


@pytest.mark.usefixtures("stored")
def test_a_request_is_counted_once_whichever_way_it_takes(
    viewer_client: APIClient, settings: Any
) -> None:
    settings.THROTTLE_RATES = settings.THROTTLE_RATES | {"user": "10/hour"}

    fast = viewer_client.get(f"{URL}?limit=3")
    short = viewer_client.get(f"{URL}?limit=50")
    filtered = viewer_client.get(f"{URL}?limit=3&genre=drama")

    left = [int(answer["X-RateLimit-Remaining"]) for answer in (fast, short, filtered)]
    assert [answer.status_code for answer in (fast, short, filtered)] == [200] * 3
    assert left == [9, 8, 7]


@pytest.mark.usefixtures("stored")
def test_who_asks_too_often_is_told_so_as_everywhere(
    viewer_client: APIClient, settings: Any
) -> None:
    settings.THROTTLE_RATES = settings.THROTTLE_RATES | {"user": "2/hour"}
    answers = [viewer_client.get(f"{URL}?limit=3") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["error"]["code"] == "throttled"
    assert int(answers[2]["Retry-After"]) > 0
    assert answers[2]["X-RateLimit-Remaining"] == "0"


def test_a_page_is_one_query_and_unchanged_costs_no_more(
    viewer_client: APIClient, stored: RecommendationList, settings: Any
) -> None:
    settings.FILM_CACHE_BYTES = 1024**2
    first = viewer_client.get(f"{URL}?limit=3")

    with captured_queries() as again:
        assert viewer_client.get(f"{URL}?limit=3").content == first.content
    with captured_queries() as held:
        unchanged = viewer_client.get(f"{URL}?limit=3", headers={"If-None-Match": first["ETag"]})

    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged["ETag"] == first["ETag"]
    assert len(again) == len(held) == 1
    assert stored.pk == first.json()["list_id"]


def test_a_page_of_which_much_is_not_wanted_takes_one_query_more(
    viewer: User,
    viewer_client: APIClient,
    stored: RecommendationList,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.FILM_CACHE_BYTES = 1024**2
    unwanted = make_genre("Horror")
    for movie_id in stored.movie_ids[: SPARE + 1]:
        Movie.objects.get(pk=movie_id).genres.set([unwanted])
    NotInterested.objects.create(user=viewer, genre=unwanted)
    first, ordinary = both_ways(viewer_client, monkeypatch, f"{URL}?limit=3")

    with captured_queries() as again:
        assert viewer_client.get(f"{URL}?limit=3").content == first.content == ordinary.content
    with captured_queries() as held:
        unchanged = viewer_client.get(f"{URL}?limit=3", headers={"If-None-Match": first["ETag"]})

    shown = [result["movie"]["id"] for result in first.json()["results"]]
    assert shown == stored.movie_ids[SPARE + 1 : SPARE + 4]
    assert unchanged.status_code == 304
    assert len(again) == len(held) == 2


def test_what_changes_a_page_changes_its_tag(
    viewer: User, viewer_client: APIClient, stored: RecommendationList, movies: list[Movie]
) -> None:
    tags = [viewer_client.get(f"{URL}?limit=3")["ETag"]]

    def note() -> None:
        tags.append(viewer_client.get(f"{URL}?limit=3")["ETag"])

    make_watchlist_entry(user=viewer, movie=movies[1])
    note()
    count_write(viewer)
    note()
    make_list(user=viewer, generation=stored.generation, movies=movies)
    note()
    NotInterested.objects.create(user=viewer, genre=make_genre("War"))
    note()
    tags.append(viewer_client.get(f"{URL}?limit=4")["ETag"])
    tags.append(viewer_client.get(f"{URL}?limit=3&fields=title")["ETag"])

    assert len(set(tags)) == len(tags) == 7


@pytest.mark.usefixtures("stored")
def test_too_many_parameters_are_counted_as_everywhere(viewer_client: APIClient) -> None:
    many = "&".join(f"a{number}=1" for number in range(1_001))

    refused = viewer_client.get(f"{URL}?{many}")

    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "bad_request")
    assert "X-RateLimit-Remaining" in refused


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("stored")
def test_a_connection_that_forgot_the_statement_is_replaced(viewer_client: APIClient) -> None:
    """As behind a pooler; the view answers meanwhile."""
    path = f"{URL}?limit=3"
    before = viewer_client.get(path)
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")

    answers = [viewer_client.get(path) for _ in range(2)]

    assert [answer.status_code for answer in (before, *answers)] == [200] * 3
    assert [answer.json()["results"] for answer in answers] == [before.json()["results"]] * 2
    with captured_queries() as statements:
        viewer_client.get(path)
    assert statements[0].startswith("EXECUTE")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("stored")
def test_a_statement_that_takes_too_long_is_not_tried_twice(viewer_client: APIClient) -> None:
    """It is told as everywhere, and the connection goes on."""
    other = psycopg2.connect(**connection.get_connection_params() | {"cursor_factory": None})
    try:
        with other.cursor() as cursor:
            cursor.execute("LOCK TABLE favorites_taste IN ACCESS EXCLUSIVE MODE")
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")

        answer = viewer_client.get(f"{URL}?limit=3")
    finally:
        other.close()
        connection.close()

    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
    assert "X-RateLimit-Remaining" in answer
    assert viewer_client.get(f"{URL}?limit=3").status_code == 200
