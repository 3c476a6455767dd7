"""Searches find films for adults for those who asked, and tell words of theirs to nobody else."""

from collections.abc import Callable

import pytest
from django.db import connection
from rest_framework.test import APIClient

from apps.movies.models import Movie, SearchWord
from apps.movies.search.finding import MOST_SHOWN
from apps.movies.search.statements import MOST_FOUND
from services.catalog.search_documents import refresh_documents
from services.catalog.search_words import count_words
from tests.apps.films import index_films
from tests.apps.test_adult_films import MOVIES, titles
from tests.factories import make_movie

pytestmark = pytest.mark.django_db

SEARCHES: dict[str, Callable[[str], str]] = {
    "search": lambda q: f"search/?q={q}",
    "suggestions": lambda q: f"suggestions/?q={q}",
    "narrowed": lambda q: f"search/?q={q}&year_min=1900",
    "not corrected": lambda q: f"search/?q={q}&correct=false",
}


@pytest.mark.parametrize("path", SEARCHES.values(), ids=SEARCHES)
@pytest.mark.parametrize("q", ["zyxomma", "zyxoma", "zyxxomma", "zixoma", "zyxo", "zyxomma nights"])
def test_no_search_tells_words_of_films_for_adults(
    client: APIClient, path: Callable[[str], str], q: str
) -> None:
    make_movie(title="Zyxomma Nights", adult=True, vote_count=9_000)
    make_movie(title="Something Else", vote_count=9_000)
    refresh_documents()

    body = client.get(f"{MOVIES}{path(q)}").json()

    assert (body["corrected_query"], body["results"]) == (None, [])
    asked = client.get(f"{MOVIES}{path(q)}&include_adult=true").json()
    assert asked["corrected_query"] is None
    exact = client.get(f"{MOVIES}{path('zyxomma')}&include_adult=true").json()
    assert (exact["corrected_query"], titles(exact)) == (None, ["Zyxomma Nights"])


def test_who_asks_for_films_for_adults_has_a_plan_kept_as_well(client: APIClient) -> None:
    make_movie(title="Zyxomma Nights", adult=True)
    index_films()

    client.get(f"{MOVIES}search/?q=zyxomma&include_adult=true")

    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements")
        names = {name for (name,) in cursor.fetchall()}
    assert "nexus_search_scored_with_adults" in names


def test_the_vocabulary_gets_no_words_of_films_for_adults_when_they_are_indexed() -> None:
    make_movie(title="Zyxomma", adult=True)
    make_movie(title="Quagga")

    refresh_documents()

    assert set(SearchWord.objects.values_list("word", flat=True)) == {"quagga", "1999"}


def test_the_vocabulary_has_no_words_of_films_for_adults_alone() -> None:
    make_movie(title="Zyxomma", adult=True)
    changed = make_movie(title="Quagga Dance")
    make_movie(title="Quagga Song")
    index_films()
    assert set(SearchWord.objects.values_list("word", flat=True)) == {
        *("quagga", "dance", "song", "1999")
    }

    Movie.objects.filter(pk=changed.pk).update(adult=True)
    index_films()
    assert not SearchWord.objects.filter(word="dance").exists()
    assert SearchWord.objects.get(word="quagga").films == 1

    Movie.objects.filter(pk=changed.pk).update(adult=False)
    index_films()
    count_words()
    assert SearchWord.objects.filter(word="dance").exists()


def test_films_for_adults_are_found_beside_very_many_others(client: APIClient) -> None:
    """One of them is as well known as the best, and all together they are no more than others."""
    for number in range(MOST_FOUND + 10):
        make_movie(title=f"Quagga {number}", vote_count=number + 100)
    for number in range(MOST_SHOWN - MOST_FOUND + 10):
        make_movie(title=f"Quagga for Adults {number}", adult=True)
    make_movie(title="Quagga for Adults", vote_count=90_000, adult=True)
    index_films()
    path = f"{MOVIES}search/?q=quagga&page_size=50"

    asked = titles(client.get(f"{path}&include_adult=true").json())

    assert asked[0] == "Quagga for Adults"
    assert asked[1:] == titles(client.get(path).json())[:49]
    counted = [
        client.get(f"{MOVIES}facets/?q=quagga{more}").json()["counted"]
        for more in ("", "&include_adult=true")
    ]
    assert counted == [MOST_FOUND, MOST_SHOWN]
