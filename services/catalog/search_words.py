"""The vocabulary of the documents: which words there are, in how many films, and in which best."""

from collections.abc import Mapping

from django.db import connection, transaction
from django.db.models import F
from psycopg2.extras import execute_values

from apps.movies.models import WordCount
from apps.movies.models.search import ADULT_TIER

# Words in the titles of a larger share of the films are common: they tell little of any. Numbers
# tell one film of a series from the others.
COMMON_SHARE = 0.02
# In a catalogue of few films a word of two of them tells much.
FEWEST_COMMON = 20

# A correction would tell words of the others to somebody who did not ask for such films.
_DOCUMENTS = f"(SELECT * FROM movies_searchdocument WHERE tier < {ADULT_TIER})"  # noqa: S608  # a number of ours
# Those that are known as well are left alone, so that slices seldom write the same rows.
_ADD = """
    INSERT INTO movies_searchword AS known (word, films, weight, is_common) VALUES %s
    ON CONFLICT (word) DO UPDATE SET weight = excluded.weight WHERE known.weight < excluded.weight
"""
_COUNT = f"""
    CREATE TEMP TABLE counted ON COMMIT DROP AS
    SELECT lexeme AS word, count(*)::int AS films, max(weight) AS weight,
        lexeme !~ '^[0-9]+$' AND count(*) FILTER (WHERE weights && '{{A,B}}')
            > greatest(%s, %s * (SELECT count(*) FROM {_DOCUMENTS} AS film)) AS is_common
    FROM {_DOCUMENTS} AS film
    CROSS JOIN LATERAL unnest(document) AS each (lexeme, places, weights)
    WHERE lexeme !~ '^[=#@]'
    GROUP BY lexeme;
    ALTER TABLE counted ADD PRIMARY KEY (word)
"""  # noqa: S608  # texts of ours
# Words that came while others were counted are not known to be in no document.
_KNOWN = "CREATE TEMP TABLE known_before ON COMMIT DROP AS SELECT word FROM movies_searchword"
_DROP = """
    DELETE FROM movies_searchword AS known USING known_before
    WHERE known.word = known_before.word
        AND NOT EXISTS (SELECT FROM counted WHERE counted.word = known.word)
"""
_UPDATE = """
    UPDATE movies_searchword AS known
    SET films = counted.films, weight = counted.weight, is_common = counted.is_common
    FROM counted WHERE counted.word = known.word AND (known.films, known.weight, known.is_common)
        <> (counted.films, counted.weight, counted.is_common)
"""
_INSERT = """
    INSERT INTO movies_searchword (word, films, weight, is_common)
    SELECT word, films, weight, is_common FROM counted
    WHERE NOT EXISTS (SELECT FROM movies_searchword AS known WHERE known.word = counted.word)
    ON CONFLICT (word) DO NOTHING
"""
_NOTE = """
    INSERT INTO movies_wordcount AS noted (id, changes) VALUES (1, %s)
    ON CONFLICT (id) DO UPDATE SET changes = noted.changes + excluded.changes
"""


def add_words(weights: Mapping[str, float]) -> None:
    """Words of documents that are new, with the highest weight of a film that has them."""
    rows = [(word, 1, weight, False) for word, weight in sorted(weights.items())]
    with connection.cursor() as cursor:
        execute_values(cursor.cursor, _ADD, rows, page_size=max(len(rows), 1))


@transaction.atomic
def count_words() -> int:
    """Count all words anew and drop those that no film has any more; how many there are.

    Documents are made beside it, but for the moment in which what was counted is written.
    """
    changes = changes_since_count()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.counted, pg_temp.known_before")
        cursor.execute(_KNOWN)
        cursor.execute(_COUNT, [FEWEST_COMMON, COMMON_SHARE])
        cursor.execute("SELECT count(*) FROM counted")
        (words,) = cursor.fetchone()
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('nexus.search_documents'), 0)")
        for statement in (_DROP, _UPDATE, _INSERT):
            cursor.execute(statement)
    WordCount.objects.update(changes=F("changes") - changes)
    return int(words)


def changes_since_count() -> int:
    """How many notes were worked off since words were last counted."""
    return WordCount.objects.values_list("changes", flat=True).first() or 0


def note_changes(changes: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [changes])
