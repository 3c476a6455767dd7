"""Counts of what the films have that a plain-Python model finds."""

import random
from collections import Counter
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.movies.filtering import facets
from apps.movies.search.statements import MOST_FOUND
from tests.apps.api import client_of, refused
from tests.apps.films import index_films
from tests.factories import make_movie

from .catalogue import WORD
from .drawing import Drawn, draw_combination
from .model import Film, matching
from .rows import Catalogue

pytestmark = pytest.mark.django_db

FACETS = "/api/v1/movies/facets/"
COMBINATIONS = 40


def answer(client: APIClient, parameters: Drawn) -> dict[str, Any]:
    response = client.get(FACETS, parameters)
    assert response.status_code == 200, response.content
    body: dict[str, Any] = response.json()
    return body


def counts(films: list[Film]) -> dict[str, Counter[Any]]:
    return {
        "genres": Counter(genre.id for film in films for genre in film.genres),
        "decades": Counter(film.year - film.year % 10 for film in films if film.year),
        "languages": Counter(film.language for film in films if film.language),
        "countries": Counter(country for film in films for country in set(film.countries)),
    }


def told(body: dict[str, Any]) -> dict[str, Counter[Any]]:
    names = {"genres": "id", "decades": "decade", "languages": "language", "countries": "country"}
    return {
        kind: Counter({each[name]: each["count"] for each in body[kind]})
        for kind, name in names.items()
    }


def found(catalogue: Catalogue, parameters: Drawn) -> list[Film]:
    ids = set(matching(catalogue.films, parameters, catalogue.today, catalogue.seen))
    return [film for film in catalogue.films if film.id in ids]


def test_facets_count_the_films_of_the_filters(catalogue: Catalogue) -> None:
    client, rng = client_of(catalogue.viewer), random.Random(3)
    combinations = [
        draw_combination(catalogue.films, rng, but={"title"}) for _ in range(COMBINATIONS)
    ]

    for drawn in ({}, *combinations):
        body, films = answer(client, drawn), found(catalogue, drawn)

        assert told(body) == counts(films), drawn
        assert (body["counted"], body["is_complete"]) == (len(films), True)
        for kind in counts(films):
            listed = [each["count"] for each in body[kind]]
            assert listed == sorted(listed, reverse=True)


def test_facets_of_a_search_count_what_it_finds(catalogue: Catalogue, client: APIClient) -> None:
    body = answer(client, {"q": WORD.lower(), "year_min": "1950"})

    films = found(catalogue, {"title": WORD, "year_min": "1950"})
    assert told(body) == counts(films)
    assert (body["counted"], body["is_complete"]) == (len(films), True)


def test_of_too_many_films_the_best_known_are_counted(
    catalogue: Catalogue, client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facets, "MOST_COUNTED", 10)
    monkeypatch.setattr(facets, "BEST_KNOWN", 50)

    body = answer(client, {"year_min": "1950"})

    films = {film.id: film for film in catalogue.films}
    best_known = [films[pk] for pk in matching(catalogue.films, {}, catalogue.today)[:50]]
    counted = [film for film in best_known if (film.year or 0) >= 1950]
    assert told(body) == counts(counted)
    assert (body["counted"], body["is_complete"]) == (len(counted), False)


def test_a_page_or_an_ordering_of_facets_is_refused(client: APIClient) -> None:
    for parameter in ("page=1", "ordering=title", "fields=id"):
        refused(client.get(f"{FACETS}?{parameter}"), 400, "unknown_parameter")
    refused(client.get(f"{FACETS}?q=a"), 400, "invalid")
    refused(client.get(f"{FACETS}?hide_seen=true"), 401, "not_authenticated")


def test_facets_of_a_search_that_found_as_many_as_it_may_are_incomplete(
    client: APIClient,
) -> None:
    for number in range(MOST_FOUND + 5):
        make_movie(title=f"Quagga {number}", vote_count=number, original_language="en")
    index_films()

    body = answer(client, {"q": "quagga"})

    assert (body["counted"], body["is_complete"]) == (MOST_FOUND, False)
    assert body["languages"] == [{"language": "en", "count": MOST_FOUND}]


def test_what_was_written_alone_is_counted_if_asked_so(
    catalogue: Catalogue, client: APIClient
) -> None:
    misread = WORD.lower()[:-1] + "q"

    assert answer(client, {"q": misread, "correct": "false"})["counted"] == 0
