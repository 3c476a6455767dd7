"""Explanations of stored lists: made by a worker when somebody first asks, from the same rows, by
the same functions and with the same chance as the list itself.
"""

import logging
from enum import Enum
from typing import Any

from django.db.models import F, QuerySet

from apps.favorites.models import Taste
from apps.recommendations.models import ActiveGeneration, Explanation, ModelVersion
from services.leasing import LEASE, Clock, unowned

from . import model_store
from .hidden import read_hidden
from .loading import UserRange, read_history
from .made_lists import MadeList, NotReproducedError
from .recipes import Recipe

# After a worker has died, or a model could not be read, the sweep has it tried again so often. No
# task outlives the lease, so that those who read a model for the first time are not overtaken.
MAX_ATTEMPTS = 3

logger = logging.getLogger(__name__)


class Outcome(Enum):
    MADE = "made"
    NOT_WAITED_FOR = "it is made, given up or in other hands, or gone with its list"
    REPLACED = "another list is, or will be, read: nobody can ask for this one"
    GIVEN_UP = "it cannot be made"


def explain(*, explanation_id: int, clock: Clock) -> Outcome:
    """Make one explanation, if it waits. Safe to call twice, late or for nobody."""
    waiting = _waiting(explanation_id)
    now = clock()
    unclaimed = waiting.filter(unowned(at=now))
    if not unclaimed.update(attempts=F("attempts") + 1, leased_until=now + LEASE):
        return Outcome.NOT_WAITED_FOR
    asked = waiting.select_related("list__generation__model_version").first()
    if asked is None:
        return Outcome.NOT_WAITED_FOR
    if asked.attempts > MAX_ATTEMPTS:
        return _give_up(asked, f"given up after {MAX_ATTEMPTS} attempts")
    if asked.list.generation.model_version.state != ModelVersion.State.READY:
        return _give_up(asked, "the model is of an older release")
    made = _read(asked)
    if made is None:
        asked.delete()
        return Outcome.REPLACED
    return _store(asked, made, clock)


def _waiting(explanation_id: int) -> QuerySet[Explanation]:
    return Explanation.objects.filter(pk=explanation_id, computed_at__isnull=True, error="")


def _give_up(asked: Explanation, error: str) -> Outcome:
    _waiting(asked.pk).update(error=error)
    logger.warning("%s is given up: %s", asked, error)
    return Outcome.GIVEN_UP


def _store(asked: Explanation, made: MadeList, clock: Clock) -> Outcome:
    try:
        body = _body(asked, made)
    except NotReproducedError as error:
        return _give_up(asked, str(error))
    _waiting(asked.pk).update(computed_at=clock(), body=body)
    return Outcome.MADE


def _body(asked: Explanation, made: MadeList) -> dict[str, Any]:
    if asked.kind == Explanation.Kind.WHY_NOT:
        return made.why_not(asked.movie_id)
    position = asked.list.movie_ids.index(asked.movie_id)
    return made.why(asked.movie_id, score=asked.list.scores[position])


def _read(asked: Explanation) -> MadeList | None:
    """What the list was made of; None if that is not there any more."""
    row, generation = asked.list, asked.list.generation
    if not ActiveGeneration.objects.filter(generation=generation).exists():
        return None
    model = model_store.open_model(generation.model_version)
    history = read_history(row.user_id)
    hidden = read_hidden(UserRange(row.user_id, row.user_id), model)
    # Revisions only grow: one that is the list's now was so while all else was read.
    if Taste.objects.filter(pk=row.user_id, revision__gt=row.revision).exists():
        return None
    settings = Recipe.of(generation).settings_of(row.variant_id)
    return MadeList(model, settings, history, hidden, row.revision)
