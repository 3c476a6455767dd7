"""Lists of many viewers at once: drafted from what is stored, and inserted by COPY."""

from collections.abc import Callable
from datetime import datetime

from django.db import connection

from apps.recommendations.models import Generation
from services.recommender.pipeline.ranking import BLOCK
from services.recommender.served_model import ServedModel

from .copying import copy_in
from .hidden import read_hidden
from .list_rows import STAGED_COLUMNS, ListDraft, to_records
from .loading import Users, read_histories, read_revisions
from .recipes import Recipe


def draft_lists(
    model: ServedModel,
    generation: Generation,
    users: Users,
    *,
    between: Callable[[], object] = lambda: None,
) -> list[ListDraft]:
    """As the generation makes them. `between` is called before the first and after each block."""
    between()
    recipe = Recipe.of(generation)
    revisions = read_revisions(users)
    histories = read_histories(users, known=revisions)
    drafts: list[ListDraft] = []
    for draft in recipe.make_lists(model, histories, read_hidden(users, model), revisions):
        if len(drafts) % BLOCK == 0:
            between()
        drafts.append(draft)
    return drafts


_STAGE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS staged_list (
        user_id bigint, revision bigint, variant_id bigint,
        movie_ids integer[], scores real[], sources smallint[],
        because_movie_ids integer[], because_shares smallint[], propensities real[]
    )
"""
# An account that is being deleted is passed over; its deletion waits for nobody and fails nothing.
_INSERT_STAGED = f"""
    INSERT INTO recommendations_recommendationlist
        (generation_id, created_at, {", ".join(STAGED_COLUMNS)})
    SELECT %s, %s, {", ".join(STAGED_COLUMNS).replace("variant_id", "NULLIF(variant_id, 0)")}
    FROM staged_list JOIN users_user AS viewer ON viewer.id = user_id
    ORDER BY user_id
    FOR KEY SHARE OF viewer SKIP LOCKED
"""  # noqa: S608  # the columns are this project's own


def insert_lists(drafts: list[ListDraft], generation_id: int, *, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        copy_in("staged_list", STAGED_COLUMNS, to_records(drafts))
        cursor.execute(_INSERT_STAGED, [generation_id, at])
        inserted = int(cursor.rowcount)
        cursor.execute("TRUNCATE staged_list")
    return inserted
