"""The questions to new viewers: the first with a generation, the next with each refresh."""

import io
from collections.abc import Iterator
from datetime import datetime

import numpy as np
import scipy.sparse as sp
from django.db import connection

from apps.recommendations.models import (
    FIRST_QUESTIONS,
    MOST_QUESTIONS,
    ModelVersion,
    OnboardingSkip,
    Questionnaire,
    Questions,
)
from apps.recommendations.questions import MOST_ANSWERS
from services.recommender import onboarding
from services.recommender.arrays import IntArray
from services.recommender.blend import Blend
from services.recommender.cold_items import ColdItems
from services.recommender.evaluation.events import RatedEvents
from services.recommender.histories import Histories
from services.recommender.ials import IALS
from services.recommender.onboarding import NOT_SEEN
from services.recommender.served_model import ServedModel
from services.recommender.viewers import Viewers

from . import model_store
from .loading import NOW
from .measured_sample import read_sample

# So many viewers tell how tastes differ, of whom each has told enough to be placed.
SAMPLED_VIEWERS = 1_000
LEAST_RATINGS = 20
# So many are looked at to find them: asking all how much they rated takes too long.
DRAWN_VIEWERS = 10_000
# Of fewer nobody can tell.
FEWEST_VIEWERS = 20

_SAMPLE = """
    WITH drawn AS MATERIALIZED (
        SELECT id, hashint8extended(id, %(seed)s) AS place FROM users_user
        WHERE origin <> 'simulated' OR %(with_simulated)s
        ORDER BY place LIMIT %(drawn)s
    )
    SELECT id FROM drawn
    WHERE EXISTS (SELECT FROM favorites_rating WHERE user_id = drawn.id OFFSET %(others)s)
    ORDER BY place LIMIT %(limit)s
"""


def write_questionnaire(version: ModelVersion) -> Questionnaire | None:
    """Of a generation that is still to be named.

    None where the model has no factors, or hardly anybody a long history: then viewers are asked
    about popular films.
    """
    model = model_store.open_model(version)
    factors = _factors(model)
    if factors is None:
        return None
    viewers = _sampled(version, factors)
    if len(viewers) < FEWEST_VIEWERS:
        return None
    asked = onboarding.fit_questionnaire(factors, viewers, _events(model, factors))
    first = onboarding.choose_questions(asked, {}, count=FIRST_QUESTIONS)
    return Questionnaire(movie_ids=first, arrays=_packed(asked))


def renew_questions(history: Histories, *, generation_id: int, revision: int, at: datetime) -> None:
    """Choose what to ask the only viewer of `history` next, unless they have told enough."""
    (user_id,) = history.user_ids.tolist()
    known = history.grades > 0
    if np.count_nonzero(known) >= MOST_ANSWERS:
        return
    asked = _open(generation_id)
    if asked is None:
        return
    skipped = OnboardingSkip.objects.filter(user=user_id).values_list("movie_id", flat=True)
    told = zip(history.item_ids[known].tolist(), history.grades[known].tolist(), strict=True)
    answers = {**dict.fromkeys(skipped, float(NOT_SEEN)), **dict(told)}
    chosen = onboarding.choose_questions(asked, answers, count=MOST_QUESTIONS)
    Questions.objects.bulk_create(
        [Questions(user_id=user_id, revision=revision, movie_ids=chosen, chosen_at=at)],
        update_conflicts=True,
        unique_fields=["user"],
        update_fields=["revision", "movie_ids", "chosen_at"],
    )


def _factors(model: ServedModel) -> IALS | None:
    return next(_all_factors(model), None)


def _all_factors(model: ServedModel) -> Iterator[IALS]:
    if isinstance(model.scorer, ColdItems) and isinstance(model.scorer.base, Blend):
        for part in model.scorer.base.parts:
            if isinstance(part.model, IALS):
                yield part.model


def _events(model: ServedModel, factors: IALS) -> IntArray:
    columns, _ = model.locate(factors.item_ids)
    events: IntArray = model.films.events[columns]
    return events


def _sampled(version: ModelVersion, factors: IALS) -> Viewers:
    """Viewers of long histories, the same for the same model."""
    params = {
        "with_simulated": version.simulated_user_count > 0,
        "others": LEAST_RATINGS - 1,
        "seed": version.pk,
        "drawn": DRAWN_VIEWERS,
        "limit": SAMPLED_VIEWERS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SAMPLE, params)
        viewer_ids = [viewer_id for (viewer_id,) in cursor.fetchall()]
    return _on_films(read_sample(viewer_ids, NOW).events, factors)


def _on_films(events: RatedEvents, factors: IALS) -> Viewers:
    ids = factors.item_ids
    columns = np.minimum(np.searchsorted(ids, events.item_ids), ids.size - 1)
    known = ids[columns] == events.item_ids
    shape = (events.user_ids.size, ids.size)
    rated = events.matrix[:, np.flatnonzero(known)].tocoo()
    grades = sp.csr_array((rated.data, (rated.row, columns[known][rated.col])), shape=shape)
    grades.sort_indices()
    return Viewers(grades)


def _open(generation_id: int) -> onboarding.Questionnaire | None:
    rows = Questionnaire.objects.filter(generation=generation_id)
    arrays = rows.values_list("arrays", flat=True).first()
    return None if arrays is None else _unpacked(bytes(arrays))


def _packed(asked: onboarding.Questionnaire) -> bytes:
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **asked.to_arrays())
    return file.getvalue()


def _unpacked(data: bytes) -> onboarding.Questionnaire:
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return onboarding.Questionnaire.from_arrays(arrays)
