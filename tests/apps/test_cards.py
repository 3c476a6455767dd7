"""Cards that are made without a serializer are what the serializer makes."""

import json
from datetime import date
from typing import Any

import pytest
from rest_framework.renderers import JSONRenderer

from apps.core.movie_states import states_of
from apps.movies.models import Genre, Movie
from apps.movies.serializers.cards import read_cards
from apps.movies.serializers.films import MovieOutput
from apps.movies.states import STATES
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
    genres = {genre["id"]: genre for genre in Genre.objects.values("id", "name", "slug")}

    cards = read_cards(movie_ids, states=states, genres=genres)

    movies = Movie.objects.as_cards().in_bulk(movie_ids)
    for movie_id in movie_ids:
        expected = MovieOutput(movies[movie_id], context={STATES: states}).data
        assert read(cards[movie_id]) == read(expected)
        assert list(cards[movie_id]["me"]) == list(expected["me"])


def test_a_film_that_is_gone_has_no_card(viewer: User) -> None:
    gone = make_movie()
    movie_id = gone.pk
    gone.delete()

    states = states_of(viewer.pk, [movie_id])

    assert read_cards([movie_id], states=states, genres={}) == {}
