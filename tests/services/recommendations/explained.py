"""A trained blend of three parts, and viewers of every habit whose lists are made with it."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import scipy.sparse as sp
from django.db import transaction
from numpy.random import Generator, default_rng

from apps.favorites import actions
from apps.favorites.models import Favorite, NotInterested, Rating, Taste, WatchEntry
from apps.movies.models import Movie
from apps.recommendations.explanations import request_explanation
from apps.recommendations.models import Explanation, ModelVersion, RecommendationList
from apps.users.models import User
from services.recommendations import model_store
from services.recommendations.explaining import Outcome, explain
from services.recommendations.made_lists import ROUNDING
from services.recommendations.refreshing import Outcome as Refresh
from services.recommendations.refreshing import refresh_user
from services.recommender.blend import fit_blend, trio
from services.recommender.interactions import Interactions
from services.recommender.model import TrainingSet
from services.recommender.pipeline.films import Films
from services.recommender.served_model import ServedModel
from tests.factories import make_user
from tests.services.recommender.catalogues import random_catalogue

from .conftest import FakeClock

TRAINING_USERS = 80
# The last films have no events; others have too few for the blend to be trusted alone.
UNRATED = 4
_EVENTS = 18


def trained_model(films: list[Movie]) -> ServedModel:
    return _trained_on(tuple(film.pk for film in films))


@cache
def _trained_on(film_ids: tuple[int, ...]) -> ServedModel:
    rng = default_rng(5)
    shape = (TRAINING_USERS, len(film_ids))
    given = rng.random(shape) < 0.3
    given[:, -UNRATED:] = False
    grades = sp.csr_array((given * rng.integers(1, 11, shape)).astype(np.float32))
    item_ids = np.array(film_ids, np.int32)
    interactions = Interactions(
        np.arange(TRAINING_USERS), item_ids[:-UNRATED], sp.csr_array(grades[:, :-UNRATED])
    )
    training_set = TrainingSet(interactions, graded=True)
    blend = fit_blend(training_set, trio(TRAINING_USERS))
    catalogue = replace(random_catalogue(5, items=len(film_ids)), item_ids=item_ids, related={})
    return ServedModel.of_blend(blend, Films.of(training_set), catalogue)


def store(model: ServedModel) -> ModelVersion:
    version = ModelVersion.objects.create(
        state=ModelVersion.State.READY, phase=ModelVersion.Phase.DONE
    )
    model_store.save_model(version, model)
    version.save()
    return version


def make_random_viewer(seed: int, films: list[Movie], *, at: datetime) -> User:
    """Likes, dislikes, favourites, films only watched or hidden, over some years."""
    rng, user = default_rng(seed), make_user(password=None)
    chosen = rng.choice(len(films), _EVENTS, replace=False)
    for number, film in enumerate(films[index] for index in chosen.tolist()):
        _do(rng, user, film, at=at - timedelta(days=float(rng.integers(0, 2_000))), kind=number % 6)
    # Bare rows bump nothing, so this is the one write that the list has to have seen.
    actions.rate_movie(user=user, movie_id=films[int(chosen[0])].pk, score=9, at=at)
    return user


def _do(rng: Generator, user: User, film: Movie, *, at: datetime, kind: int) -> None:
    if kind == 0:
        Favorite.objects.create(user=user, movie=film)
        Favorite.objects.filter(user=user, movie=film).update(created_at=at)
    if kind in {0, 1, 2, 3}:
        score = int(rng.integers(7, 11) if kind < 3 else rng.integers(1, 5))
        Rating.objects.update_or_create(
            user=user, movie=film, defaults={"score": score, "rated_at": at}
        )
    if kind in {3, 4}:
        WatchEntry.objects.create(user=user, movie=film, watched_at=at)
    if kind == 5:
        NotInterested.objects.create(user=user, movie=film)


def list_of(user: User) -> RecommendationList:
    return RecommendationList.objects.for_user(user).newest()[0]


def ask(
    row: RecommendationList, movie_id: int, kind: Explanation.Kind, *, at: datetime
) -> Explanation:
    request_explanation(list_id=row.pk, movie_id=movie_id, kind=kind, at=at)
    return Explanation.objects.get(list=row, movie_id=movie_id, kind=kind)


def explained(
    row: RecommendationList,
    movie_id: int,
    clock: FakeClock,
    kind: Explanation.Kind = Explanation.Kind.WHY,
) -> Explanation:
    asked = ask(row, movie_id, kind, at=clock())
    assert explain(explanation_id=asked.pk, clock=clock) is Outcome.MADE
    asked.refresh_from_db()
    return asked


def list_without(movie_id: int, user_id: int, clock: FakeClock) -> RecommendationList:
    """Built from rows without any about the film, at the same revision."""
    with transaction.atomic():
        for model in (Rating, Favorite, WatchEntry, NotInterested):
            model._default_manager.filter(user=user_id, movie=movie_id).delete()  # noqa: SLF001  # of any model
        Taste.objects.filter(user=user_id).update(listed_revision=0, listed_at=None)
        assert refresh_user(user_id=user_id, clock=clock).outcome is Refresh.BUILT
        built = list_of(User(pk=user_id))
        transaction.set_rollback(True)
    return built


def summed(body: dict[str, Any]) -> float:
    """All that is told to make up a score, but for rounding."""
    named = sum(row["contribution"] for row in body["contributions"])
    constants = (value for name, value in body["constants"].items() if name != ROUNDING)
    return float(named + body["others"]["contribution"] + sum(constants))
