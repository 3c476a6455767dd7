"""The models whose lists are measured, fitted to what PostgreSQL holds and stored as published."""

from dataclasses import replace

import numpy as np
from django.db import connection

from apps.recommendations.models import ModelVersion
from services.recommendations import model_store
from services.recommendations.cold_movies import read_catalogue_around
from services.recommendations.loading import Ratings, UserRange, read_ratings
from services.recommender.blend import Blend, fit_blend
from services.recommender.cold_items import ColdItems
from services.recommender.interactions import Interactions
from services.recommender.item_model import CONTENT_PROFILE, ItemModel
from services.recommender.model import TrainingSet
from services.recommender.pipeline.films import Films
from services.recommender.served_model import ServedModel

_LAST_USER = """
    SELECT max(user_id) FROM (
        SELECT user_id, sum(count(*)) OVER (ORDER BY user_id) AS so_far
        FROM favorites_rating GROUP BY user_id
    ) AS counted WHERE so_far <= %s
"""


def fit_default(most_ratings: int) -> ServedModel:
    """What the platform trains by default, from the first viewers' ratings.

    How long scoring takes depends on the model's size, which is that of the films, and not on how
    many viewers it learned from; only where a part keeps the viewers must it have seen all.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LAST_USER, [most_ratings])
        (last,) = cursor.fetchone()
    training = to_training_set(read_ratings(UserRange(0, last)))
    around = read_catalogue_around(training.interactions.item_ids)
    return ServedModel.of_blend(fit_blend(training), Films.of(training), around)


def to_training_set(ratings: Ratings) -> TrainingSet:
    scores = Interactions.from_events(
        user_ids=ratings.user_ids, item_ids=ratings.movie_ids, weights=ratings.scores
    )
    return TrainingSet(scores, graded=True)


def names_of(model: ServedModel) -> list[str]:
    """The members of the blend."""
    if isinstance(model.scorer, ItemModel):
        return [model.kind]
    return ["cold_items", *(part.name for part in _blend(model).parts)]


def simpler_than(model: ServedModel) -> dict[str, ServedModel]:
    """Of the same films, by how the tables call them."""
    assert isinstance(model.scorer, ColdItems)
    ridge = [part for part in _blend(model).parts if isinstance(part.model, ItemModel)]
    return {
        "local ridge, not re-ranked": replace(
            model, scorer=replace(model.scorer, base=Blend(ridge))
        ),
        "popularity, not re-ranked": ServedModel.of_content(_all_unlike(model), model.films),
    }


def _blend(model: ServedModel) -> Blend:
    assert isinstance(model.scorer, ColdItems)
    assert isinstance(model.scorer.base, Blend)
    return model.scorer.base


def _all_unlike(model: ServedModel) -> ItemModel:
    """A content profile that knows of no two films that they are alike."""
    return ItemModel(
        kind=CONTENT_PROFILE,
        item_ids=model.item_ids,
        indptr=np.zeros(model.item_ids.size + 1, np.int32),
        indices=np.zeros(0, np.int32),
        values=np.zeros(0, np.float32),
        popularity=model.films.popularity,
    )


def store(model: ServedModel) -> ModelVersion:
    version = ModelVersion.objects.create(state=ModelVersion.State.READY, publish=False)
    model_store.save_model(version, model)
    version.save()
    return version
