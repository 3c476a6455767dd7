from datetime import UTC, datetime

import pytest
from django.contrib.auth.hashers import is_password_usable

from apps.favorites.models import Rating, Taste
from apps.movies.models import Movie, SourceTitle
from apps.users.models import User
from services.imports.movielens import ImportReport
from services.imports.rating_sources import Unwatched
from services.load.generating import Load
from services.load.sizes import LoadSize
from services.load.storing import RealAccountsError, refuse_real_accounts, store
from tests.factories import make_user

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SIZE = LoadSize("test", viewers=40, films=100, ratings=600)


def fill(*, seed: int = 5) -> ImportReport:
    load = Load.draw(SIZE, seed=seed)
    return store(load, at=NOW, progress=Unwatched(), told=lambda _ratings: None)


def test_viewers_films_and_ratings_are_those_of_the_load() -> None:
    report = fill()

    assert (report.users_new, report.films_new, report.ratings_new) == (40, 100, 600)
    stored = Rating.objects.order_by("user_id", "movie__tmdb_id").values_list(
        "user__email", "movie__tmdb_id", "score", "rated_at"
    )
    drawn = [
        (
            f"test-40-100-600-seed-5-{user}@generated.invalid",
            900_000_000 + movie,
            score,
            datetime.fromtimestamp(second, UTC),
        )
        for block in Load.draw(SIZE, seed=5).blocks()
        for user, movie, score, second in zip(
            block.user_ids, block.movie_ids, block.scores, block.seconds.tolist(), strict=True
        )
    ]
    assert sorted(stored) == sorted(drawn)


def test_viewers_are_marked_cannot_log_in_and_wait_for_lists() -> None:
    fill()

    users = User.objects.all()
    assert {user.origin for user in users} == {User.Origin.GENERATED}
    assert not any(is_password_usable(user.password) for user in users)
    assert set(Taste.objects.values_list("revision", "is_realtime")) == {(1, False)}
    assert Taste.objects.count() == SIZE.viewers


def test_films_are_marked_and_no_film_of_movielens_is_taken_for_one() -> None:
    toy_story = Movie.objects.create(tmdb_id=862, title="Toy Story", original_title="Toy Story")
    SourceTitle.objects.create(source=SourceTitle.Source.MOVIELENS, source_id="1", movie=toy_story)

    fill()

    assert not Rating.objects.filter(movie=toy_story).exists()
    generated = SourceTitle.objects.filter(source=SourceTitle.Source.GENERATED)
    assert generated.count() == SIZE.films


def test_again_it_changes_nothing_and_another_seed_adds_its_viewers() -> None:
    fill()

    assert fill().changed_rows == 0
    assert fill(seed=6).users_new == 40
    assert Movie.objects.count() == SIZE.films


@pytest.mark.parametrize("origin", [User.Origin.REGISTERED, User.Origin.IMPORTED])
def test_a_real_account_is_a_reason_to_refuse(origin: User.Origin) -> None:
    make_user(origin=origin)

    with pytest.raises(RealAccountsError, match="1 real accounts"):
        refuse_real_accounts()


def test_operators_and_invented_viewers_are_none() -> None:
    make_user(is_staff=True)
    make_user(origin=User.Origin.SIMULATED)
    make_user(origin=User.Origin.GENERATED)

    refuse_real_accounts()
