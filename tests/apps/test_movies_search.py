import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from apps.movies.models import Movie
from tests.apps.api import refused
from tests.factories import make_movie

pytestmark = pytest.mark.django_db

SEARCH = "/api/v1/movies/search/"


def found(client: APIClient, q: str, **parameters: object) -> list[str]:
    response = client.get(SEARCH, {"q": q} | parameters)
    assert response.status_code == 200, response.content
    return [movie["title"] for movie in response.json()["results"]]


def test_exact_titles_come_before_beginnings_before_words_each_by_votes(
    client: APIClient,
) -> None:
    make_movie(title="My Alien", vote_count=900)
    make_movie(title="Aliens", vote_count=20)
    make_movie(title="Alien", vote_count=1, year=1979)
    make_movie(title="alien", vote_count=2, year=2020)
    make_movie(title="Alien Resurrection", vote_count=30)
    make_movie(title="Covenant", original_title="Alien: Covenant", vote_count=10)
    make_movie(title="An Alienist", vote_count=0)
    make_movie(title="Saline", vote_count=5000)

    assert found(client, "Alien") == [
        *("alien", "Alien"),
        *("Alien Resurrection", "Aliens", "Covenant"),
        *("My Alien", "An Alienist"),
    ]
    assert found(client, "alien", year=1979) == ["Alien"]


def test_all_words_must_be_there_and_the_last_may_be_only_begun(client: APIClient) -> None:
    make_movie(title="Harry Potter and the Goblet of Fire", vote_count=2)
    make_movie(title="Harry Potter and the Half-Blood Prince", vote_count=1)
    make_movie(title="Dirty Harry")

    assert found(client, "potter harry gob") == ["Harry Potter and the Goblet of Fire"]
    assert found(client, "  harry   POT ") == [
        "Harry Potter and the Goblet of Fire",
        "Harry Potter and the Half-Blood Prince",
    ]
    assert found(client, "blood prince") == ["Harry Potter and the Half-Blood Prince"]
    assert found(client, "har potter") == []


@pytest.mark.parametrize(
    ("title", "query"),
    [
        ("Spider-Man", "spider man"),
        ("Spider-Man", "SPIDER-MAN"),
        ("Spider-Man", "man"),
        ("Face/Off", "face off"),
        ("S.W.A.T.", "s.w.a"),
        ("Ocean's Eleven", "oceans eleven"),
        ("Ocean's Eleven", "ocean's eleven"),
        ("Ocean\N{RIGHT SINGLE QUOTATION MARK}s Eleven", "ocean's el"),
        ("Le Fabuleux Destin d'Amélie Poulain", "amélie"),
        ("七人の侍", "七人の侍"),
        ("2001: A Space Odyssey", "2001 space"),
        ("100% Wolf_", "100% wolf_"),
        ("!!", "!!"),
        ("<b>Bold</b>", "bold"),
    ],
)
def test_signs_between_words_do_not_matter(client: APIClient, title: str, query: str) -> None:
    make_movie(title=title)
    make_movie(title="Something else")

    assert found(client, query) == ([title] if title != "!!" else [])


@pytest.mark.parametrize("query", ["%%", "__", "' | !", "&:*", "'')::tsquery", "\\\\"])
def test_what_is_no_word_finds_nothing(client: APIClient, query: str) -> None:
    make_movie(title="Alien")

    assert found(client, query) == []


def test_hidden_titles_are_not_found(client: APIClient) -> None:
    make_movie(title="Alien")
    make_movie(title="Alien Adult", adult=True)
    make_movie(title="Alien Removed", tombstoned_at=timezone.now())

    assert found(client, "alien") == ["Alien"]


def test_pages_neither_repeat_nor_skip(client: APIClient) -> None:
    for _ in range(5):
        make_movie(title="Alien")

    first = client.get(SEARCH, {"q": "alien", "page_size": 3}).json()
    second = client.get(first["next"]).json()

    ids = [movie["id"] for page in (first, second) for movie in page["results"]]
    assert ids == sorted(Movie.objects.values_list("pk", flat=True))
    assert second["next"] is None


@pytest.mark.parametrize(
    ("query", "code", "named"),
    [
        ("", "invalid", "q"),
        ("?q=", "invalid", "q"),
        ("?q=a", "invalid", "q"),
        ("?q=a%20", "invalid", "q"),
        ("?q=%20%20", "invalid", "q"),
        (f"?q=alien{'%20' * 96}", "invalid", "q"),
        ("?q=%00%00", "invalid", "q"),
        (f"?q={'a' * 101}", "invalid", "q"),
        ("?q=alien&year=x", "invalid", "year"),
        ("?q=alien&page=0", "invalid", "page"),
        ("?q=alien&genre=horror", "unknown_parameter", "allowed"),
        ("?query=alien&q=alien", "unknown_parameter", "allowed"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_refused_by_name(
    client: APIClient, query: str, code: str, named: str
) -> None:
    error = refused(client.get(f"{SEARCH}{query}"), 400, code)

    assert list(error["details"]) == [named]


def test_words_are_looked_up_in_the_index_made_for_them() -> None:
    with connection.cursor() as cursor:
        # So few films are read faster one by one.
        cursor.execute("SET LOCAL enable_seqscan = off")

    plan = Movie.objects.listed().matching("harry pot").explain()

    assert "Bitmap Index Scan on movie_search_idx" in plan
