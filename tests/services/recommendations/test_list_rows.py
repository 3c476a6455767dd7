import numpy as np
import pytest
import scipy.sparse as sp
from django.db import connection

from apps.recommendations.models import RecommendationList
from services.recommendations.copying import copy_in, copy_out
from services.recommendations.list_rows import (
    STAGED_COLUMNS,
    ListDraft,
    to_drafts,
    to_records,
    uncertain_places,
)
from services.recommender.pipeline.candidates import NOTHING
from services.recommender.pipeline.ranking import RankedBlock, ScoredViewers
from services.recommender.pipeline.reasons import Reasons
from services.recommender.pipeline.settings import PipelineSettings
from services.recommender.pipeline.sources import Source
from services.recommender.viewers import Viewers

pytestmark = pytest.mark.django_db


ITEMS = np.arange(100, 400, dtype=np.int32)


def test_sources_are_numbered_as_they_are_stored() -> None:
    stored = {source.name: source.value for source in RecommendationList.Source}

    assert {source.name: source.value for source in Source} == {
        name: stored[name] for name in ("PERSONAL", "SIMILAR", "POPULAR", "EXPLORED")
    }


def scored(user_ids: list[int], revisions: list[int]) -> ScoredViewers:
    shape = (len(user_ids), ITEMS.size)
    return ScoredViewers(
        np.zeros(shape, np.float32),
        Viewers(sp.csr_array(shape, dtype=np.float32)),
        np.array(user_ids),
        np.array(revisions),
    )


def random_drafts(lengths: dict[int, int], *, uncertain: int = 20) -> list[ListDraft]:
    """Lists of so many films for each user."""
    rng = np.random.default_rng(1)
    shape = (len(lengths), max(lengths.values(), default=0))
    is_listed = np.arange(shape[1]) < np.array([*lengths.values()])[:, None]
    items = rng.integers(0, ITEMS.size, shape, dtype=np.int32)
    ranked = RankedBlock(
        items=np.where(is_listed, items, np.int32(NOTHING)),
        scores=rng.standard_normal(shape, np.float32),
        affinities=rng.standard_normal(shape, np.float32),
        ranks=np.zeros(shape, np.int16),
        sources=np.where(is_listed, Source.EXPLORED, 0).astype(np.uint8),
        propensities=rng.random(shape, np.float32),
    )
    contributions = rng.random((*shape, 2), np.float32)
    contributors = rng.integers(0, ITEMS.size, (*shape, 2), dtype=np.int32)
    reasons = Reasons(contributors, contributions, contributions.sum(axis=2) * 2)
    users = scored([*lengths], [user_id * 10 for user_id in lengths])
    return to_drafts(users, ranked, reasons, item_ids=ITEMS, uncertain=uncertain)


def stage(drafts: list[ListDraft]) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE staged (user_id bigint, revision bigint, variant_id bigint,"
            " movie_ids integer[], scores real[], sources smallint[], because_movie_ids integer[],"
            " because_shares smallint[], propensities real[]) ON COMMIT DROP"
        )
        copy_in("staged", STAGED_COLUMNS, to_records(drafts))
        cursor.execute("SELECT * FROM staged ORDER BY user_id")
        return list(cursor.fetchall())


def test_copied_lists_are_what_was_drafted() -> None:
    lengths = {1: 200, 2: 3, 2**40: 200, 2**40 + 1: 1}
    drafts = random_drafts(lengths)

    rows = stage(drafts)

    for row, draft in zip(rows, drafts, strict=True):
        stored = dict(zip(STAGED_COLUMNS, row, strict=True))
        assert stored["user_id"] == draft.user_id
        assert stored["revision"] == draft.revision
        assert len(draft.columns["movie_ids"]) == lengths[draft.user_id]
        for name, column in draft.columns.items():
            np.testing.assert_array_equal(np.array(stored[name], column.dtype), column)


def test_a_list_without_films_can_be_copied() -> None:
    assert stage(random_drafts({5: 0})) == [(5, 50, 0, [], [], [], [], [], [])]


def test_a_draft_stores_what_the_pipeline_says_of_each_film() -> None:
    ranked = RankedBlock(
        items=np.array([[7, 8, 9, NOTHING]], np.int32),
        scores=np.array([[2, 3, 1, 0]], np.float32),
        affinities=np.zeros((1, 4), np.float32),
        ranks=np.array([[1, 0, 2, 0]], np.int16),
        sources=np.array([[Source.PERSONAL, Source.EXPLORED, Source.POPULAR, 0]], np.uint8),
        propensities=np.array([[1, 0.125, 1, 0]], np.float32),
    )
    contributors = np.full((1, 4, 2), NOTHING, np.int32)
    contributions = np.zeros((1, 4, 2), np.float32)
    contributors[0, 0], contributions[0, 0] = (3, 4), (0.5, 0.25)
    reasons = Reasons(contributors, contributions, np.array([[1, 0, 0, 0]], np.float32))

    (draft,) = to_drafts(scored([5], [6]), ranked, reasons, item_ids=ITEMS, uncertain=2)

    assert (draft.user_id, draft.revision) == (5, 6)
    assert {name: column.tolist() for name, column in draft.columns.items()} == {
        "movie_ids": [107, 108, 109],
        "scores": [2, 3, 1],
        "sources": [1, 5, 4],
        "because_movie_ids": [103, 104, 0, 0, 0, 0],
        "because_shares": [500, 250, 0, 0, 0, 0],
        "propensities": [1, 0.125],
    }


@pytest.mark.parametrize(
    ("chosen", "places"),
    [
        (PipelineSettings(), 20),
        (PipelineSettings(exploration_places=(3, 9)), 10),
        (PipelineSettings(exploration_places=(3, 9), limit=6), 6),
        (PipelineSettings(exploration_places=()), 0),
        (PipelineSettings(exploration_rate=0), 0),
    ],
)
def test_only_places_that_chance_may_fill_are_uncertain(
    chosen: PipelineSettings, places: int
) -> None:
    assert uncertain_places(chosen) == places


def test_columns_are_read_in_native_types() -> None:
    columns = copy_out(
        "SELECT n::bigint, (-n)::integer, (n %% 7)::smallint FROM generate_series(1, %s) AS n",
        [1000],
        [("n", "i8"), ("minus", "i4"), ("rest", "i2")],
    )

    assert columns["n"].tolist() == list(range(1, 1001))
    assert columns["minus"].tolist() == list(range(-1, -1001, -1))
    assert columns["rest"].tolist() == [n % 7 for n in range(1, 1001)]
    assert columns["n"].dtype == np.int64


def test_no_rows_are_empty_columns() -> None:
    columns = copy_out("SELECT 1::bigint WHERE false", [], [("n", "i8")])

    assert columns["n"].size == 0
