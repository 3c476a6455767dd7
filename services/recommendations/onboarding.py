"""The questions to new viewers: the first with a model, the next with each refresh."""

import io
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
from services.recommender.evaluation.events import RatedEvents
from services.recommender.histories import Histories
from services.recommender.ials import IALS
from services.recommender.onboarding import NOT_SEEN
from services.recommender.viewers import Viewers

from . import blending, factorising
from .loading import Watermarks
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
    WHERE EXISTS (
        SELECT FROM favorites_rating WHERE user_id = drawn.id AND id <= %(newest)s OFFSET %(others)s
    )
    ORDER BY place LIMIT %(limit)s
"""


def fit_questionnaire(version: ModelVersion) -> Questionnaire | None:
    """Of a training whose factors are kept; the caller saves it.

    None where the blend has no factors, or hardly anybody a long history: then viewers are asked
    about popular films.
    """
    if not blending.has_factors(version):
        return None
    factors = factorising.load_model(version)
    viewers = _sampled(version, factors)
    if len(viewers) < FEWEST_VIEWERS:
        return None
    films = factorising.load_films(version)
    asked = onboarding.fit_questionnaire(factors, viewers, films.events)
    first = onboarding.choose_questions(asked, {}, count=FIRST_QUESTIONS)
    return Questionnaire(model_version=version, movie_ids=first, arrays=_packed(asked))


def choose_questions(history: Histories, *, model_version_id: int) -> list[int] | None:
    """What to ask the only viewer of `history` next; None of one who has told enough."""
    (user_id,) = history.user_ids.tolist()
    known = history.grades > 0
    if np.count_nonzero(known) >= MOST_ANSWERS:
        return None
    asked = _open(model_version_id)
    if asked is None:
        return None
    skipped = OnboardingSkip.objects.filter(user=user_id).values_list("movie_id", flat=True)
    told = zip(history.item_ids[known].tolist(), history.grades[known].tolist(), strict=True)
    return onboarding.choose_questions(
        asked,
        {**dict.fromkeys(skipped, float(NOT_SEEN)), **dict(told)},
        count=MOST_QUESTIONS,
        never=history.item_ids[~known].tolist(),
    )


def store_questions(movie_ids: list[int], *, user_id: int, revision: int, at: datetime) -> None:
    """In the place of those before."""
    Questions.objects.bulk_create(
        [Questions(user_id=user_id, revision=revision, movie_ids=movie_ids, chosen_at=at)],
        update_conflicts=True,
        unique_fields=["user"],
        update_fields=["revision", "movie_ids", "chosen_at"],
    )


def _sampled(version: ModelVersion, factors: IALS) -> Viewers:
    """Viewers of long histories, as far as the model has learned from them."""
    params = {
        "with_simulated": version.simulated_user_count > 0,
        "newest": version.highest_rating_id,
        "others": LEAST_RATINGS - 1,
        "seed": version.pk,
        "drawn": DRAWN_VIEWERS,
        "limit": SAMPLED_VIEWERS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SAMPLE, params)
        viewer_ids = [viewer_id for (viewer_id,) in cursor.fetchall()]
    newest = Watermarks(version.highest_rating_id, version.highest_favorite_id)
    return _on_films(read_sample(viewer_ids, newest).events, factors)


def _on_films(events: RatedEvents, factors: IALS) -> Viewers:
    ids = factors.item_ids
    columns = np.minimum(np.searchsorted(ids, events.item_ids), ids.size - 1)
    known = ids[columns] == events.item_ids
    shape = (events.user_ids.size, ids.size)
    rated = events.matrix[:, np.flatnonzero(known)].tocoo()
    grades = sp.csr_array((rated.data, (rated.row, columns[known][rated.col])), shape=shape)
    grades.sort_indices()
    return Viewers(grades)


def _open(model_version_id: int) -> onboarding.Questionnaire | None:
    rows = Questionnaire.objects.filter(model_version=model_version_id)
    arrays = rows.values_list("arrays", flat=True).first()
    return None if arrays is None else _unpacked(bytes(arrays))


def _packed(asked: onboarding.Questionnaire) -> bytes:
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **asked.to_arrays())
    return file.getvalue()


def _unpacked(data: bytes) -> onboarding.Questionnaire:
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return onboarding.Questionnaire.from_arrays(arrays)
