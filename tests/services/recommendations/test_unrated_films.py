"""Films that nobody rated, from a training to the lists and their explanations."""

import random

import pytest
from pytest_django import Settings

from apps.favorites.models import Rating
from apps.movies.models import Genre, Movie, RelatedTitles
from apps.recommendations.actions import request_training
from apps.recommendations.models import (
    Generation,
    ModelVersion,
    RecommendationList,
    SimilarFilms,
)
from apps.users.models import User
from services.recommendations import model_store
from services.recommender.item_model import CONTENT_PROFILE
from services.recommender.pipeline.sources import Source
from tests.factories import make_movie, make_user

from .conftest import FakeClock, build_generation, train
from .explained import explained, list_of, summed

pytestmark = pytest.mark.django_db

USERS, EACH_GENRE, SEEN = 40, 30, 20
GENRES = ("Horror", "Romance")


@pytest.fixture
def films() -> dict[str, list[Movie]]:
    """Of each genre the last two films are rated by nobody."""
    genres = {name: Genre.objects.create(name=name, slug=name.lower()) for name in GENRES}
    made = {name: [make_movie() for _ in range(EACH_GENRE)] for name in GENRES}
    for name, movies in made.items():
        for movie in movies:
            movie.genres.add(genres[name])
    return made


@pytest.fixture
def version(settings: Settings, films: dict[str, list[Movie]], clock: FakeClock) -> ModelVersion:
    """Half of the viewers love the one genre, half the other, and see a little of both."""
    settings.RECOMMENDER_MIN_USERS = USERS
    settings.RECOMMENDER_PIPELINE = {"exploration_rate": 0.0}
    rng = random.Random(5)
    for number in range(USERS):
        user = make_user(password=None)
        loved, other = GENRES if number % 2 else GENRES[::-1]
        seen = dict.fromkeys(rng.sample(films[loved][:-2], SEEN), 9)
        seen |= dict.fromkeys(rng.sample(films[other][:-2], 3), 3)
        Rating.objects.bulk_create(
            Rating(user=user, movie=movie, score=score) for movie, score in seen.items()
        )
    return train(request_training(), clock)


def lists_of_lovers(name: str) -> list[RecommendationList]:
    users = User.objects.order_by("pk")[slice(1 if name == GENRES[0] else 0, None, 2)]
    return [list_of(user) for user in users]


def mean_place(lists: list[RecommendationList], movies: list[Movie]) -> float:
    places = [row.movie_ids.index(movie.pk) for row in lists for movie in movies]
    return sum(places) / len(places)


def test_a_model_knows_films_without_ratings_and_says_how_many(version: ModelVersion) -> None:
    model = model_store.open_model(version)

    assert (version.item_count, version.unrated_item_count) == (2 * EACH_GENRE, 2 * len(GENRES))
    assert model.item_ids.size == version.item_count
    assert (model.films.popularity[model.films.events == 0] > 0).all()


def test_unrated_films_stand_where_viewers_like_what_is_like_them(
    version: ModelVersion, films: dict[str, list[Movie]], clock: FakeClock
) -> None:
    build_generation(version, clock)

    for name, other in (GENRES, GENRES[::-1]):
        lists = lists_of_lovers(name)
        assert mean_place(lists, films[name][-2:]) + 10 < mean_place(lists, films[other][-2:])


def test_an_unrated_film_is_similar_to_what_was_liked_and_says_to_what(
    version: ModelVersion, films: dict[str, list[Movie]], clock: FakeClock
) -> None:
    build_generation(version, clock)
    wanted = films[GENRES[0]][-1]
    row = lists_of_lovers(GENRES[0])[0]
    liked = set(Rating.objects.filter(user=row.user_id, score=9).values_list("movie", flat=True))

    place = row.movie_ids.index(wanted.pk)

    assert row.sources[place] == Source.SIMILAR
    assert set(row.because_movie_ids[2 * place : 2 * place + 2]) <= liked
    body = explained(row, wanted.pk, clock).body
    assert abs(summed(body) - row.scores[place]) < 1e-4
    assert {reason["movie_id"] for reason in body["because"]} <= liked
    assert body["because"]


def test_what_tmdb_recommends_is_a_candidate_whatever_its_score(
    settings: Settings, version: ModelVersion, films: dict[str, list[Movie]], clock: FakeClock
) -> None:
    """Without its edge the film would not be among the few candidates."""
    settings.RECOMMENDER_PIPELINE = {"candidates": 6, "related": 2, "exploration_rate": 0.0}
    build_generation(train(request_training(with_gate=False), clock), clock)
    row = lists_of_lovers(GENRES[0])[0]
    worst = films[GENRES[1]][-1]
    assert worst.pk not in row.movie_ids
    liked = Rating.objects.filter(user=row.user_id, score=9).first()
    assert liked is not None

    RelatedTitles.objects.create(movie=liked.movie, recommended_tmdb_ids=[worst.tmdb_id])
    build_generation(train(request_training(with_gate=False), clock), clock)

    assert worst.pk in list_of(User.objects.get(pk=row.user_id)).movie_ids


def test_films_like_a_film_are_those_of_the_same_viewers(
    version: ModelVersion, films: dict[str, list[Movie]]
) -> None:
    similar = dict(version.similar_films.values_list("movie_id", "movie_ids"))

    for movies in films.values():
        rated, unrated = ({film.pk for film in some} for some in (movies[:-2], movies[-2:]))
        assert rated <= similar.keys()
        nearest = [other for movie_id in rated for other in similar[movie_id][:5]]
        assert sum(other in rated for other in nearest) > 0.8 * len(nearest)
        assert not unrated & similar.keys()
        assert not any(unrated.intersection(others) for others in similar.values())
    assert not any(movie_id in others for movie_id, others in similar.items())


def test_a_model_that_knows_no_viewers_knows_none_alike(clock: FakeClock) -> None:
    for _ in range(3):
        make_movie(title="Alien")

    version = train(request_training(), clock)

    assert version.kind == CONTENT_PROFILE
    assert not version.similar_films.exists()


def test_they_go_with_their_model(version: ModelVersion) -> None:
    Generation.objects.all().delete()

    version.delete()

    assert not SimilarFilms.objects.exists()
