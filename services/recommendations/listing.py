"""From what viewers did to their lists: the one way that builds and refreshes share."""

from collections.abc import Iterator, Mapping
from weakref import WeakKeyDictionary

import numpy as np

from services.recommender.histories import Histories
from services.recommender.pipeline.ranking import BLOCK, Pipeline, ScoredViewers
from services.recommender.pipeline.reasons import find_reasons
from services.recommender.recency import RecencySettings
from services.recommender.served_model import ServedModel

from .hidden import HiddenRows
from .list_rows import ListDraft, to_drafts, uncertain_places
from .list_settings import ListSettings

# By model, while it is open: what the pipeline derives of its films is derived once.
_pipelines: WeakKeyDictionary[ServedModel, dict[ListSettings, Pipeline]] = WeakKeyDictionary()


def make_lists(
    model: ServedModel,
    settings: ListSettings,
    histories: Histories,
    hidden: HiddenRows,
    revisions: Mapping[int, int],
) -> Iterator[ListDraft]:
    """The list of each viewer; memory holds the scores of one block of them."""
    pipeline = pipeline_of(model, settings)
    for start in range(0, len(histories), BLOCK):
        block = histories.rows(start, min(start + BLOCK, len(histories)))
        scored = score(model, block, hidden, revisions, settings.recency)
        yield from draft_lists(model, pipeline, scored)


def score(
    model: ServedModel,
    histories: Histories,
    hidden: HiddenRows,
    revisions: Mapping[int, int],
    recency: RecencySettings,
) -> ScoredViewers:
    """The model's scores of all films for at most a block of viewers."""
    viewers = histories.viewers(model.item_ids, recency)
    return ScoredViewers(
        scores=model.scorer.scores(viewers),
        viewers=viewers,
        user_ids=histories.user_ids,
        revisions=np.array([revisions.get(user_id, 0) for user_id in histories.user_ids.tolist()]),
        excluded=hidden.excluded(histories.user_ids, items=model.item_ids.size),
    )


def draft_lists(model: ServedModel, pipeline: Pipeline, scored: ScoredViewers) -> list[ListDraft]:
    ranked = pipeline.rank(scored)
    reasons = find_reasons(model.links, scored.viewers, ranked)
    return to_drafts(
        scored,
        ranked,
        reasons,
        item_ids=model.item_ids,
        uncertain=uncertain_places(pipeline.settings),
    )


def popular(model: ServedModel, settings: ListSettings) -> list[int]:
    """The films of a viewer of whom nothing is known, without any left to chance."""
    nobody = Histories.of_nobody()
    scored = score(model, nobody, HiddenRows(), {}, settings.recency)
    (draft,) = draft_lists(model, pipeline_of(model, settings.without_chance()), scored)
    movie_ids: list[int] = draft.columns["movie_ids"].tolist()
    return movie_ids


def pipeline_of(model: ServedModel, settings: ListSettings) -> Pipeline:
    """Kept for as long as the model is open in this process."""
    kept = _pipelines.setdefault(model, {})
    if settings not in kept:
        kept[settings] = Pipeline(
            settings.pipeline, model.films, settings.this_year, model.backed_by
        )
    return kept[settings]
