import numpy as np
import pytest
from pytest_django import DjangoAssertNumQueries

from apps.movies.models import Movie, RelatedTitles
from services.recommendations import catalogue
from services.recommendations.cold_movies import read_catalogue_around
from services.recommender.arrays import IntArray
from tests.factories import make_movie

pytestmark = pytest.mark.django_db


def ids(*movies: Movie) -> IntArray:
    return np.array(sorted(movie.pk for movie in movies), np.int32)


def recommend(after: Movie, *movies: Movie) -> None:
    tmdb_ids = [movie.tmdb_id for movie in movies]
    RelatedTitles.objects.create(movie=after, recommended_tmdb_ids=[10**8, *tmdb_ids])


def test_the_most_popular_films_stand_beside_the_rated_ones() -> None:
    rated, *others = (make_movie(vote_count=votes) for votes in (900, 5, 70, 60))

    around = read_catalogue_around(ids(rated), limit=2)

    assert around.item_ids.tolist() == ids(rated, *others[1:]).tolist()
    assert around.vote_counts.tolist() == [900, 70, 60]


def test_half_of_the_others_are_those_that_tmdb_recommends_most() -> None:
    one, two = make_movie(vote_count=900), make_movie(vote_count=800)
    famous, known, once, twice = (make_movie(vote_count=votes) for votes in (70, 60, 3, 2))
    recommend(one, once, twice, two)
    recommend(two, twice)

    found = {
        limit: read_catalogue_around(ids(one, two), limit=limit).item_ids.tolist()
        for limit in (1, 2, 4)
    }

    assert found == {
        1: ids(one, two, famous).tolist(),
        2: ids(one, two, famous, twice).tolist(),
        4: ids(one, two, famous, known, once, twice).tolist(),
    }


def test_films_are_found_in_parts_in_the_same_order(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """What recommends, two parts of the recommended, the popular, and four parts of all facts."""
    monkeypatch.setattr(catalogue, "_PER_QUERY", 2)
    rated = make_movie(vote_count=900)
    others = [make_movie() for _ in range(7)]
    recommend(rated, *others)

    with django_assert_num_queries(1 + 2 + 1 + 4 * 7):
        around = read_catalogue_around(ids(rated), limit=6)

    assert set(ids(rated, *others[:3]).tolist()) <= set(around.item_ids.tolist())
    assert around.item_ids.size == 7


def test_others_may_be_shown_and_rated_films_are_whatever_they_are() -> None:
    adult, gone = (make_movie(vote_count=9, adult=True), make_movie(vote_count=8))
    Movie.objects.filter(pk=gone.pk).update(tombstoned_at="2026-11-27T12:00Z")
    plain = make_movie(vote_count=1)
    recommend(plain, adult, gone)

    assert read_catalogue_around(ids(plain)).item_ids.tolist() == [plain.pk]
    assert (
        read_catalogue_around(ids(gone, adult)).item_ids.tolist()
        == ids(adult, gone, plain).tolist()
    )


def test_a_rated_film_that_is_no_longer_there_keeps_its_place() -> None:
    film = make_movie(genres=("Drama",))

    around = read_catalogue_around(np.array([film.pk, film.pk + 1], np.int32), limit=0)

    assert around.item_ids.tolist() == [film.pk, film.pk + 1]
    assert around.features == [{"genre:drama"} | around.features[0], frozenset()]
