"""The rows of one viewer's refresh, in as few statements as their order allows.

A refresh is milliseconds of arithmetic: what it asks of PostgreSQL, and how Django would put it,
took longer than that.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection

from apps.favorites.models import Taste
from apps.recommendations.models import ActiveGeneration, Generation, ModelVersion

from . import locks
from .list_rows import ListDraft
from .recipes import Recipe

KEPT_GENERATIONS = 4

_TASTE = (
    *("user_id", "revision", "listed_revision", "changed_at", "listed_at"),
    *("changed_xid", "unseen_at", "unseen_xid"),
)
_TASTE_COLUMNS = ", ".join(f"taste.{name}" for name in _TASTE)
# The snapshot is older than the lock, so a list that another worker has just stored may be
# missing from it: `hold` looks again. A row that was changed since it was kept has another xmin.
_READ = f"""
    SELECT pg_try_advisory_xact_lock(%(namespace)s, %(folded)s), {_TASTE_COLUMNS},
        published.id, published.activated_at, published.versions
    FROM (VALUES (1)) AS one
    LEFT JOIN favorites_taste AS taste ON taste.user_id = %(user_id)s
    LEFT JOIN (
        SELECT active.id AS row_id, generation.id, generation.activated_at,
            generation.xmin::text || '/' || model.xmin::text AS versions
        FROM recommendations_activegeneration AS active
        JOIN recommendations_generation AS generation ON generation.id = active.generation_id
        JOIN recommendations_modelversion AS model
            ON model.id = generation.model_version_id AND model.state = %(ready)s
    ) AS published ON published.row_id = %(active_id)s
"""  # noqa: S608  # the columns are this project's own
# Each lock is taken once the one before is held, in the order that locks.py names. A row that had
# to be waited for is read as it is by then.
_HOLD = f"""
    WITH active AS MATERIALIZED (
        SELECT generation_id FROM recommendations_activegeneration
        WHERE id = %(active_id)s FOR SHARE
    ), taste AS MATERIALIZED (
        SELECT {_TASTE_COLUMNS} FROM favorites_taste AS taste
        WHERE user_id = %(user_id)s
            AND (SELECT generation_id FROM active) = %(generation_id)s
        FOR UPDATE
    ), account AS MATERIALIZED (
        SELECT id FROM users_user
        WHERE id = %(user_id)s AND (SELECT user_id FROM taste) IS NOT NULL
        FOR KEY SHARE SKIP LOCKED
    )
    SELECT active.generation_id, account.id, {_TASTE_COLUMNS}
    FROM (VALUES (1)) AS one
    LEFT JOIN active ON true LEFT JOIN taste ON true LEFT JOIN account ON true
"""  # noqa: S608  # the columns are this project's own
# Arrays as text: as lists the server would parse each number as an expression of its own.
_STORE = """
    WITH seen AS (
        UPDATE favorites_taste
        SET listed_revision = %(revision)s, listed_at = %(at)s, nudge_at = NULL, nudges = 0,
            unseen_at = %(unseen_at)s, unseen_xid = %(unseen_xid)s
        WHERE user_id = %(user_id)s
    )
    INSERT INTO recommendations_recommendationlist (
        user_id, generation_id, revision, variant_id, created_at, written_at,
        movie_ids, scores, sources, because_movie_ids, because_shares, propensities
    ) VALUES (
        %(user_id)s, %(generation_id)s, %(revision)s, %(variant_id)s, %(at)s, %(written_at)s,
        %(movie_ids)s, %(scores)s, %(sources)s, %(because_movie_ids)s, %(because_shares)s,
        %(propensities)s
    )
    RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Active:
    """The generation that is read, and how its lists are made."""

    generation_id: int
    version: ModelVersion
    recipe: Recipe
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class Found:
    """`is_ours` unless another worker builds the viewer's list.

    `active` is None also where the model is of an older release, which this one cannot open.
    """

    is_ours: bool
    taste: Taste | None
    active: Active | None


@dataclass(frozen=True, slots=True)
class Held:
    """What cannot change until the transaction ends; `taste` is None of another generation.

    `has_account`: it is not being deleted.
    """

    generation_id: int | None
    taste: Taste | None
    has_account: bool


def lock_and_read(user_id: int) -> Found:
    """What to build; from here on nobody else builds it until the transaction ends."""
    namespace, folded = locks.key_of_viewer(user_id)
    values = {
        "namespace": namespace,
        "folded": folded,
        "user_id": user_id,
        "ready": ModelVersion.State.READY,
        "active_id": ActiveGeneration.ROW_ID,
    }
    is_ours, *rest = _first_row(_READ, values)
    taste, (generation_id, published_at, versions) = _to_taste(rest[:-3]), rest[-3:]
    active = None
    if generation_id is not None:
        version, recipe = _how(generation_id, versions)
        active = Active(generation_id, version, recipe, published_at)
    return Found(is_ours, taste, active)


def hold(user_id: int, generation_id: int) -> Held:
    """Lock what the list depends on; no more than the active generation if that is another one."""
    values = {
        "user_id": user_id,
        "generation_id": generation_id,
        "active_id": ActiveGeneration.ROW_ID,
    }
    active_id, account_id, *taste = _first_row(_HOLD, values)
    return Held(active_id, _to_taste(taste), account_id is not None)


def store(
    draft: ListDraft,
    *,
    generation_id: int,
    at: datetime,
    written_at: datetime | None,
    unseen: dict[str, object],
) -> int:
    """Insert the list and note in the viewer's Taste what it has seen; the list's id."""
    values = {
        "user_id": draft.user_id,
        "generation_id": generation_id,
        "revision": draft.revision,
        "variant_id": draft.variant_id or None,
        "at": at,
        "written_at": written_at,
        **unseen,
        **{name: _array_text(column.tolist()) for name, column in draft.columns.items()},
    }
    (list_id,) = _first_row(_STORE, values)
    return int(list_id)


@lru_cache(maxsize=KEPT_GENERATIONS)
def _how(generation_id: int, versions: str) -> tuple[ModelVersion, Recipe]:  # noqa: ARG001  # of the rows' contents
    generation = Generation.objects.select_related("model_version").get(pk=generation_id)
    return generation.model_version, Recipe.of(generation)


def _to_taste(row: list[Any]) -> Taste | None:
    return None if row[0] is None else Taste(**dict(zip(_TASTE, row, strict=True)))


def _array_text(values: list[Any]) -> str:
    return f"{{{','.join(map(repr, values))}}}"


def _first_row(sql: str, values: dict[str, Any]) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row: tuple[Any, ...] = cursor.fetchone()
    return row
