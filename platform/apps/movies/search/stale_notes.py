"""How much of the catalogue searches do not know yet."""

from django.db import connection

# A row has at least one film, so that no more rows than that have to be read.
_COUNT = """
    SELECT least(%(most)s, (
        SELECT coalesce(sum(cardinality(movie_ids)), 0)
        FROM (SELECT movie_ids FROM movies_stalefilms LIMIT %(most)s) AS films
    ) + (
        SELECT count(*) FROM (SELECT FROM movies_staledocument LIMIT %(most)s) AS others
    ))
"""


def count_changes(*, most: int | None = None) -> int:
    """How many changes are noted, counted up to `most`; a film may have several."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"most": most})
        (changes,) = cursor.fetchone()
    return int(changes)
