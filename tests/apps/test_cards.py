"""Cards that are made without a serializer are what the serializer makes."""

import json
from dataclasses import asdict
from datetime import date
from operator import itemgetter
from typing import Any

import orjson
import pytest
from rest_framework.renderers import JSONRenderer

from apps.core.movie_states import states_of
from apps.movies.fragments import read_fragments
from apps.movies.models import Movie
from apps.movies.serializers.films import MovieOutput, MovieStateOutput
from apps.users.models import User
from tests.factories import make_favorite, make_movie, make_rating, make_watchlist_entry

pytestmark = pytest.mark.django_db


def read(data: Any) -> Any:
    return json.loads(JSONRenderer().render(data))


def test_a_card_is_the_same_either_way(viewer: User) -> None:
    full = make_movie(
        genres=("Horror", "Science Fiction"),
        imdb_id="tt0078748",
        original_title="Alien",
        release_date=date(1979, 5, 25),
        runtime=117,
        original_language="en",
        overview="In space no one can hear you scream.\u2028",
        poster_path="/poster.jpg",
        backdrop_path="/backdrop.jpg",
        vote_average=8.2,
        vote_count=15_000,
        popularity=61.5,
    )
    bare = make_movie(tmdb_id=None, year=None)
    make_rating(user=viewer, movie=full, score=9)
    make_favorite(user=viewer, movie=full)
    make_watchlist_entry(user=viewer, movie=bare)
    movie_ids = [full.pk, bare.pk]
    states = states_of(viewer.pk, movie_ids)

    films = read_fragments(movie_ids)

    movies = Movie.objects.in_bulk(movie_ids)
    for movie_id in movie_ids:
        expected = MovieOutput(movies[movie_id]).data
        film = films[movie_id].data(states[movie_id])
        assert json.loads(orjson.dumps(films[movie_id].card(states[movie_id]))) == film
        # On cards they are in TMDb's order; the serializer asks for none.
        for genres in (expected["genres"], film["genres"]):
            genres.sort(key=itemgetter("id"))
        assert film == read(expected | {"me": asdict(states[movie_id])})
        assert list(film) == list(expected)
        assert list(film["me"]) == list(MovieStateOutput().fields)


def test_a_film_that_is_gone_has_no_card() -> None:
    gone = make_movie()
    movie_id = gone.pk
    gone.delete()

    assert read_fragments([movie_id]) == {}
