"""What is asked about a list, and what a worker has made of it."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from apps.core.errors import APIError, ErrorCode
from apps.core.events import announce

from . import signals
from .models import Explanation
from .stored import StoredList

Kind = Explanation.Kind

# A list that is removed at this moment is explained to nobody.
_ASK = """
    INSERT INTO recommendations_explanation
        (list_id, movie_id, kind, asked_at, attempts, error, body)
    SELECT list.id, %(movie_id)s, %(kind)s, %(at)s, 0, '', '{}'
    FROM recommendations_recommendationlist AS list WHERE list.id = %(list_id)s
    FOR KEY SHARE OF list
    ON CONFLICT DO NOTHING
    RETURNING id
"""


def explanation_of(
    stored: StoredList, movie_id: int, kind: Explanation.Kind, *, at: datetime
) -> Explanation | None:
    """The explanation of a film in a list of the viewer's own; None until a worker has made it.

    Whoever asks first has it made.

    Raises:
        APIError: `not_explainable` if it cannot be.
    """
    asked = Explanation.objects.filter(list=stored.row_id, movie_id=movie_id, kind=kind).first()
    if asked is None:
        request_explanation(list_id=stored.row_id, movie_id=movie_id, kind=kind, at=at)
        return None
    if asked.error:
        raise APIError(ErrorCode.NOT_EXPLAINABLE)
    return asked if asked.computed_at else None


@transaction.atomic
def request_explanation(
    *, list_id: int, movie_id: int, kind: Explanation.Kind, at: datetime
) -> None:
    """Have a worker explain a film in a list, unless somebody has asked before."""
    asked: dict[str, Any] = {"list_id": list_id, "movie_id": movie_id, "kind": kind, "at": at}
    with connection.cursor() as cursor:
        cursor.execute(_ASK, asked)
        row = cursor.fetchone()
    if row is not None:
        announce(signals.explanation_requested, explanation_id=row[0])
