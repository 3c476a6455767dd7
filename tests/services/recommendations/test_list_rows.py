import numpy as np
import pytest
from django.db import connection

from services.recommendations.copying import copy_in, copy_out
from services.recommendations.list_rows import (
    PER_MILLE,
    STAGED_COLUMNS,
    ListDraft,
    draft_list,
    to_records,
)
from services.recommender.ranking import NO_CONTRIBUTOR, Ranking, Source

pytestmark = pytest.mark.django_db


def make_ranking(length: int, *, seed: int = 1) -> Ranking:
    rng = np.random.default_rng(seed)
    contributions = rng.random((length, 2), np.float32)
    return Ranking(
        item_ids=rng.integers(1, 2**31 - 1, length, dtype=np.int32),
        scores=rng.standard_normal(length, np.float32),
        sources=np.full(length, Source.POPULAR, np.uint8),
        contributors=rng.integers(1, 1000, (length, 2), dtype=np.int32),
        contributions=contributions,
        affinities=contributions.sum(axis=1) * 2,
    )


def stage(drafts: list[ListDraft]) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE staged (user_id bigint, revision bigint, movie_ids integer[],"
            " scores real[], sources smallint[], because_movie_ids integer[],"
            " because_shares smallint[]) ON COMMIT DROP"
        )
        copy_in("staged", STAGED_COLUMNS, to_records(drafts))
        cursor.execute("SELECT * FROM staged ORDER BY user_id")
        return list(cursor.fetchall())


def test_copied_lists_are_what_was_drafted() -> None:
    drafts = [
        draft_list(
            user_id=user_id, revision=user_id * 10, ranking=make_ranking(length, seed=user_id)
        )
        for user_id, length in [(1, 200), (2, 3), (2**40, 200), (2**40 + 1, 1)]
    ]

    rows = stage(drafts)

    for row, draft in zip(rows, drafts, strict=True):
        stored = dict(zip(STAGED_COLUMNS, row, strict=True))
        assert stored["user_id"] == draft.user_id
        assert stored["revision"] == draft.revision
        for name, column in draft.columns.items():
            np.testing.assert_array_equal(np.array(stored[name], column.dtype), column)


def test_a_list_without_films_can_be_copied() -> None:
    draft = draft_list(user_id=5, revision=1, ranking=make_ranking(0))

    assert stage([draft]) == [(5, 1, [], [], [], [], [])]


def test_a_draft_stores_sources_shares_and_missing_contributors_as_the_model_says() -> None:
    ranking = Ranking(
        item_ids=np.array([7, 8], np.int32),
        scores=np.array([2, 1], np.float32),
        sources=np.array([Source.PERSONAL, Source.POPULAR], np.uint8),
        contributors=np.array([[3, 4], [NO_CONTRIBUTOR, NO_CONTRIBUTOR]], np.int32),
        contributions=np.array([[0.5, 0.25], [0, 0]], np.float32),
        affinities=np.array([1, 0], np.float32),
    )

    columns = draft_list(user_id=1, revision=1, ranking=ranking).columns

    assert columns["sources"].tolist() == [1, 4]
    assert columns["because_movie_ids"].tolist() == [3, 4, 0, 0]
    assert columns["because_shares"].tolist() == [500, 250, 0, 0]


def test_shares_never_exceed_the_whole() -> None:
    """What speaks against a film can make its contributors more than the sum."""
    ranking = make_ranking(50)
    against = Ranking(**{**ranking.__dict__, "affinities": ranking.affinities * 0})

    shares = draft_list(user_id=1, revision=1, ranking=against).columns["because_shares"]

    assert (shares.reshape(-1, 2).sum(axis=1) <= PER_MILLE + 1).all()


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
