"""Every recorded answer that tells of films is stored, and a second time it changes nothing."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.movies.models import Credit, Movie
from services.catalog.storing import store_listed
from services.tmdb.payloads.movies import parse_movie
from services.tmdb.payloads.pages import parse_movies

from .conftest import NOON
from .films import store

pytestmark = pytest.mark.django_db

LISTS = ("discover", "now_playing", "popular", "search/movie", "top_rated", "trending/movie")
LISTS += ("upcoming", "recommendations", "similar")


def recorded(datasets: Path) -> Iterator[tuple[str, Any]]:
    """Endpoint and body of each answer with status 200."""
    folder = datasets / "tmdb" / "recorded"
    for line in (folder / "INDEX.tsv").read_text().splitlines()[1:]:
        file, endpoint, _, status, *_ = line.split("\t")
        if status == "200" and endpoint.startswith("/3/"):
            yield endpoint, json.loads((folder / file).read_bytes())


def is_film(body: Any) -> bool:
    return isinstance(body, dict) and "imdb_id" in body and "original_title" in body


def test_every_recorded_film_is_stored(datasets: Path) -> None:
    films = [parse_movie(body).value for _, body in recorded(datasets) if is_film(body)]
    assert len(films) >= 12

    for film in films:
        store(film)

        stored = Movie.objects.get(tmdb_id=film.tmdb_id)
        assert (stored.title, stored.synced_at) == (film.title, NOON)
        assert stored.genres.count() == len(film.genres)
        if film.credits is not None:
            assert Credit.objects.filter(movie=stored).count() == len(film.credits)
        assert store(film).unchanged == 1


def test_every_recorded_page_of_a_list_is_stored(datasets: Path) -> None:
    pages = [
        parse_movies(body).value.results
        for endpoint, body in recorded(datasets)
        if any(name in endpoint for name in LISTS) and is_page_of_films(body)
    ]
    assert len(pages) >= 10

    for rows in pages:
        listed = store_listed(rows, at=NOON)

        assert listed.movie_ids.keys() == {row.tmdb_id for row in rows}
        assert store_listed(rows, at=NOON).created == 0


def is_page_of_films(body: Any) -> bool:
    rows = body.get("results") if isinstance(body, dict) else None
    return isinstance(rows, list) and any("original_title" in row for row in rows)
