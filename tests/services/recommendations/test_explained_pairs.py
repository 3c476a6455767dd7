"""A thousand random places in lists explained, on a platform that trained a blend of three.

Half of the viewers did what the model learned from: their kernel scores were solved in training.
The others have written since, or came later.
"""

import random
from typing import Any

import pytest
from pytest_django import Settings

from apps.favorites import actions
from apps.favorites.models import Rating
from apps.movies.models import Movie
from apps.recommendations.actions import request_training
from apps.recommendations.models import RecommendationList
from apps.users.models import User
from services.recommendations import model_store
from services.recommendations.hidden import read_hidden
from services.recommendations.list_settings import ListSettings
from services.recommendations.loading import UserRange, read_history
from services.recommendations.made_lists import ROUNDING, MadeList
from tests.factories import make_user

from .conftest import NOON, FakeClock, blend_of, build_generation, train
from .explained import explained, list_of, list_without, summed
from .rated_films import rate_at_random

# A thousand lists are built, beside three other parts of the suite.
pytestmark = [pytest.mark.django_db, pytest.mark.timeout(600)]

USERS, FILMS, EACH = 60, 60, 15
PAIRS, REBUILT = 1_000, 25


@pytest.fixture
def lists(settings: Settings, clock: FakeClock) -> list[RecommendationList]:
    settings.RECOMMENDER_MIN_USERS = USERS
    films = rate_at_random(users=USERS, films=FILMS, each=EACH)
    version = train(request_training(), clock)
    blend = blend_of(model_store.open_model(version))
    assert [part.name for part in blend.parts] == ["local_ridge", "ials", "user_kernel"]
    users = list(User.objects.order_by("pk"))
    for number, user in enumerate(users):
        # Nobody's list stays without a revision; what was rated already is only said again.
        old = Rating.objects.filter(user=user).order_by("pk")[0]
        score = old.score if number % 2 else 11 - old.score
        actions.rate_movie(user=user, movie_id=old.movie_id, score=score, at=NOON)
    users += [make_newcomer(number, films) for number in range(10)]
    build_generation(version, clock)
    return [list_of(user) for user in users]


def make_newcomer(number: int, films: list[Movie]) -> User:
    user = make_user(password=None)
    for film in films[number : number + 3]:
        actions.rate_movie(user=user, movie_id=film.pk, score=10 - number, at=NOON)
    return user


def test_a_thousand_explanations_add_up_and_their_counterfactuals_are_lists_built_anew(
    lists: list[RecommendationList], clock: FakeClock
) -> None:
    places = [(row, position) for row in lists for position in range(len(row.movie_ids))]
    made = {row.pk: made_list(row) for row in lists}
    furthest, compared = 0.0, 0
    for number, (row, position) in enumerate(random.Random(7).sample(places, PAIRS)):
        movie_id = row.movie_ids[position]
        body = made[row.pk].why(movie_id, score=row.scores[position])
        rounding = row.scores[position] - summed(body)
        assert rounding == pytest.approx(body["constants"][ROUNDING], abs=1e-12)
        furthest = max(furthest, abs(rounding))
        if number % (PAIRS // REBUILT) == 0:
            assert explained(row, movie_id, clock).body == body
            compared += compare(body["counterfactuals"], row, movie_id, clock)

    assert furthest < 1e-5
    assert compared >= REBUILT


def made_list(row: RecommendationList) -> MadeList:
    """Read once for all films: a worker reads it for each."""
    model = model_store.open_model(row.generation.model_version)
    settings = ListSettings.from_json(row.generation.pipeline)
    hidden = read_hidden(UserRange(row.user_id, row.user_id), model)
    return MadeList(model, settings, read_history(row.user_id), hidden, row.revision)


def compare(
    told: list[dict[str, Any]], row: RecommendationList, movie_id: int, clock: FakeClock
) -> int:
    for each in told:
        other = list_without(each["movie_id"], row.user_id, clock)
        places = {pk: place for place, pk in enumerate(other.movie_ids, start=1)}
        assert each["place"] == places.get(movie_id)
    return len(told)
