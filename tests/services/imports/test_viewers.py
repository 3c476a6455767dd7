from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import is_password_usable
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from apps.favorites.models import Favorite, Rating, Taste
from apps.movies.models import Movie
from apps.users.models import User
from services.imports.starter import viewers
from services.imports.starter.films import read_starter
from services.imports.starter.loading import load_starter
from services.imports.starter.simulation import LONGEST_MEMBERSHIP_DAYS, VIEWERS, simulate
from services.imports.starter.viewers import (
    ViewersReport,
    count_viewers,
    load_viewers,
    remove_viewers,
)
from tests.factories import (
    PASSWORD,
    make_favorite,
    make_generation,
    make_list,
    make_rating,
    make_user,
)
from tests.made_once import made_once

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NOTHING = ViewersReport(viewers=0, ratings=0, favorites=0)


@pytest.fixture(scope="module")
def starter_films(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with made_once(django_db_blocker, load_starter):
        yield


@pytest.fixture
def films(starter_films: None, db: None) -> None:
    pass


def stored() -> tuple[list[Any], ...]:
    return tuple(list(model.objects.order_by("pk").values()) for model in (User, Rating, Favorite))


def test_viewers_ratings_and_favourites_are_those_of_the_simulation(films: None) -> None:
    report = load_viewers(at=NOW)

    simulation = simulate(read_starter())
    tmdb_ids = [film.tmdb_id for film in read_starter()]
    assert report == count_viewers()
    assert report.viewers == User.objects.filter(origin=User.Origin.SIMULATED).count() == VIEWERS
    rows = Rating.objects.values_list("user__email", "movie__tmdb_id", "score", "rated_at")
    expected = zip(simulation.viewers, simulation.films, simulation.scores, simulation.ages)  # noqa: B905
    assert sorted(rows) == sorted(
        (
            f"viewer-{viewer + 1:03}@simulated.invalid",
            tmdb_ids[film],
            score,
            NOW - timedelta(seconds=int(age)),
        )
        for viewer, film, score, age in expected
    )
    assert Favorite.objects.count() == simulation.is_favorite.sum()
    assert not Favorite.objects.exclude(user__ratings__score__gte=9).exists()


def test_accounts_say_what_they_are(films: None) -> None:
    load_viewers(at=NOW)

    first = User.objects.get(email="viewer-001@simulated.invalid")
    assert (first.display_name, first.origin) == ("Simulated viewer 1", User.Origin.SIMULATED)
    assert User.objects.filter(email__endswith="@simulated.invalid").count() == VIEWERS
    assert not User.objects.exclude(is_staff=False, is_superuser=False).exists()
    assert NOW - timedelta(days=LONGEST_MEMBERSHIP_DAYS) <= first.date_joined < NOW
    assert not first.ratings.filter(rated_at__lt=first.date_joined).exists()


def test_no_password_opens_an_account(films: None, client: APIClient) -> None:
    load_viewers(at=NOW)

    passwords = User.objects.values_list("password", flat=True)
    assert not any(is_password_usable(password) for password in passwords)
    assert len(set(passwords)) == VIEWERS
    for password in (passwords[0], "!", PASSWORD):
        answer = client.post(
            "/api/v1/auth/login/",
            {"email": "viewer-001@simulated.invalid", "password": password},
            format="json",
        )
        assert answer.status_code == 401


def test_loading_again_changes_nothing(films: None) -> None:
    load_viewers(at=NOW)
    before = stored()

    assert load_viewers(at=NOW + timedelta(days=9)) == NOTHING

    assert stored() == before


def test_another_moment_changes_only_the_dates(films: None) -> None:
    later = timedelta(days=100, seconds=1)
    load_viewers(at=NOW)
    columns = ("user__email", "movie_id", "score", "rated_at")
    before = sorted(Rating.objects.values_list(*columns))
    remove_viewers()

    load_viewers(at=NOW + later)

    after = sorted(Rating.objects.values_list(*columns))
    assert after == [(*row, rated_at + later) for *row, rated_at in before]


def test_viewers_that_are_missing_come_back_with_the_same_ratings(films: None) -> None:
    load_viewers(at=NOW)
    columns = ("user__email", "movie_id", "score", "rated_at")
    before = sorted(Rating.objects.values_list(*columns))
    missing = User.objects.filter(email__startswith="viewer-00")
    assert missing.count() == 9
    missing.delete()

    assert load_viewers(at=NOW).viewers == 9

    assert sorted(Rating.objects.values_list(*columns)) == before


def test_an_account_that_somebody_registered_stays_theirs(films: None) -> None:
    person = make_user(email="viewer-001@simulated.invalid")

    report = load_viewers(at=NOW)

    person.refresh_from_db()
    assert report.viewers == VIEWERS - 1
    assert (person.origin, person.display_name) == (User.Origin.REGISTERED, "")
    assert person.check_password(PASSWORD)
    assert not person.ratings.exists()


def test_films_that_are_not_in_the_catalogue_are_left_out(films: None) -> None:
    Movie.objects.get(tmdb_id=238).delete()

    report = load_viewers(at=NOW)

    assert report.viewers == VIEWERS
    assert report.ratings < simulate(read_starter()).scores.size
    assert not Rating.objects.filter(movie__tmdb_id=238).exists()


def test_their_lists_are_never_due(films: None) -> None:
    load_viewers(at=NOW)

    assert not Taste.objects.exists()


def test_all_of_them_are_removed_and_nobody_else(
    films: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewers, "REMOVED_AT_ONCE", 150)
    person = make_user()
    movies = list(Movie.objects.all()[:2])
    make_rating(user=person, movie=movies[0])
    make_favorite(user=person, movie=movies[1])
    kept = make_list(user=person, generation=make_generation(active=True), movies=movies)
    Taste.objects.create(user=person, revision=2, listed_revision=1)
    before = stored()
    report = load_viewers(at=NOW)
    simulated = User.objects.filter(origin=User.Origin.SIMULATED).first()
    assert simulated is not None
    make_list(user=simulated, generation=kept.generation, movies=movies)

    assert remove_viewers() == report.viewers == VIEWERS

    assert count_viewers() == NOTHING
    assert stored() == before
    assert list(person.recommendation_lists.all()) == [kept]
    assert kept.generation.lists.count() == Taste.objects.count() == 1
    assert remove_viewers() == 0
