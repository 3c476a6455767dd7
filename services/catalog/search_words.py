"""The vocabulary of the documents: which words there are, in how many films, and in which best."""

from collections.abc import Mapping

from django.db import connection, transaction
from psycopg2.extras import execute_values

# Words in the titles of a larger share of the films are common: they tell little of any. Numbers
# tell one film of a series from the others.
COMMON_SHARE = 0.02
# In a catalogue of few films a word of two of them tells much.
FEWEST_COMMON = 20

# Those that are known as well are left alone, so that slices seldom write the same rows.
_ADD = """
    INSERT INTO movies_searchword AS known (word, films, weight, is_common) VALUES %s
    ON CONFLICT (word) DO UPDATE SET weight = excluded.weight WHERE known.weight < excluded.weight
"""
_COUNT = """
    CREATE TEMP TABLE counted AS
    SELECT lexeme AS word, count(*)::int AS films, max(weight) AS weight,
        lexeme !~ '^[0-9]+$' AND count(*) FILTER (WHERE weights && '{A,B}')
            > greatest(%s, %s * (SELECT count(*) FROM movies_searchdocument)) AS is_common
    FROM movies_searchdocument CROSS JOIN LATERAL unnest(document) AS each (lexeme, places, weights)
    WHERE lexeme !~ '^[=#@]'
    GROUP BY lexeme
"""
_DROP = """
    DELETE FROM movies_searchword AS known
    WHERE NOT EXISTS (SELECT FROM counted WHERE counted.word = known.word)
"""
_UPDATE = """
    INSERT INTO movies_searchword AS known (word, films, weight, is_common)
    SELECT word, films, weight, is_common FROM counted ORDER BY word
    ON CONFLICT (word) DO UPDATE SET films = excluded.films, weight = excluded.weight,
        is_common = excluded.is_common
    WHERE (known.films, known.weight, known.is_common)
        <> (excluded.films, excluded.weight, excluded.is_common)
"""


def add_words(weights: Mapping[str, float]) -> None:
    """Words of documents that are new, with the highest weight of a film that has them."""
    rows = [(word, 1, weight, False) for word, weight in sorted(weights.items())]
    with connection.cursor() as cursor:
        execute_values(cursor.cursor, _ADD, rows, page_size=max(len(rows), 1))


@transaction.atomic
def count_words() -> int:
    """Count all words anew and drop those that no film has any more; how many there are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('nexus.search_documents'), 0)")
        cursor.execute("DROP TABLE IF EXISTS counted")
        cursor.execute(_COUNT, [FEWEST_COMMON, COMMON_SHARE])
        words: int = cursor.rowcount
        cursor.execute("CREATE INDEX ON counted (word)")
        cursor.execute(_DROP)
        cursor.execute(_UPDATE)
        cursor.execute("DROP TABLE counted")
    return words
