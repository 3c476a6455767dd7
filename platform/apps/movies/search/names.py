"""What films are called, and what names are in them: by these they are found."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from django.db import connection

from apps.core.database import array_of
from apps.core.prepared import PreparedStatement

from .words import array_of_texts

Kind = Literal["title", "original_title", "translation", "alternative_title", "person", "keyword"]
# In the order in which one is preferred to another.
KINDS: tuple[Kind, ...] = (
    *("title", "original_title", "translation", "alternative_title", "person", "keyword"),
)
TITLES = frozenset(KINDS[:4])

# Of a large cast those count who are named first; of the crew, whom people know films by.
_NAMES = """
    SELECT id, 'title' AS kind, title AS name
    FROM movies_movie WHERE id = ANY ({titles})
    UNION SELECT id, 'original_title', original_title
    FROM movies_movie WHERE id = ANY ({titles})
    UNION SELECT movie_id, 'translation', title
    FROM movies_translation WHERE movie_id = ANY ({titles})
    UNION SELECT movie_id, 'alternative_title', title
    FROM movies_alternativetitle WHERE movie_id = ANY ({titles})
    UNION SELECT movie_id, 'person', person.name
    FROM movies_credit JOIN movies_person AS person ON person.id = person_id
    WHERE movie_id = ANY ({people}) AND CASE WHEN is_cast THEN position < 20
        ELSE job IN ('Director', 'Writer', 'Screenplay', 'Novel', 'Original Music Composer') END
    UNION SELECT movie_id, 'keyword', keyword.name
    FROM movies_movie_keywords JOIN movies_keyword AS keyword ON keyword.id = keyword_id
    WHERE movie_id = ANY ({keywords})
"""
_IDS = "%(ids)s::int[]"
_EVERY_NAME = _NAMES.format(titles=_IDS, people=_IDS, keywords=_IDS)
_NAMES_OF_SOME = _NAMES.format(
    titles="ARRAY(SELECT movie_id FROM held WHERE document @@ $4)",
    people="ARRAY(SELECT movie_id FROM held WHERE document @@ $5)",
    keywords="ARRAY(SELECT movie_id FROM held WHERE document @@ $6)",
)
# What is ASCII alone has no accents, and most names are; see `words.plain`.
_PLAIN = """
    CASE WHEN octet_length(name) = length(name) THEN lower(name COLLATE "C")
        ELSE movies_plain(name) END
"""
_ALL = f"""
    SELECT id, kind, name, {_PLAIN} FROM ({_EVERY_NAME}) AS named WHERE name <> ''
"""  # noqa: S608  # text of ours
# $1 films, $2 patterns of which a name has one, $3 signs that stand within words; what documents
# have of films with one of the words in their $4 titles, $5 people or $6 keywords.
_SOME = PreparedStatement(
    name="nexus_search_names",
    types=("int[]", "text[]", "text", "tsquery", "tsquery", "tsquery"),
    is_generic=True,
    sql=f"""
    WITH held AS MATERIALIZED (
        SELECT movie_id, document FROM movies_searchdocument WHERE movie_id = ANY ($1)
    )
    SELECT id, CASE kind WHEN 'title' THEN 'translation' ELSE kind END, name, plain FROM (
        SELECT id, kind, name, {_PLAIN} AS plain FROM ({_NAMES_OF_SOME}) AS named
        OFFSET 0
    ) AS plain_names
    WHERE plain LIKE ANY ($2) OR translate(plain, $3, '') LIKE ANY ($2)
    """,  # noqa: S608  # as above
)
# Those that stand within words: spiderman is Spider-Man.
_SIGNS = "-.*:/&!'\N{RIGHT SINGLE QUOTATION MARK}\N{MIDDLE DOT}"


class Name(NamedTuple):
    movie_id: int
    kind: Kind
    text: str
    plain: str


class Held(NamedTuple):
    """Queries for documents that have one of some words, by what they have it of."""

    titles: str
    people: str
    keywords: str


def names_of(movie_ids: Iterable[int]) -> list[Name]:
    with connection.cursor() as cursor:
        cursor.execute(_ALL, {"ids": array_of(movie_ids)})
        return [Name(*row) for row in cursor.fetchall()]


def names_with(movie_ids: Iterable[int], words: Iterable[str], held: Held) -> list[Name]:
    """Those with one of the words in them. The catalogue's titles count as translations here: the
    caller has those that films are shown with.
    """
    patterns = array_of_texts(f"%{word}%" for word in words)
    rows = _SOME.rows(
        array_of(movie_ids), patterns, _SIGNS, held.titles, held.people, held.keywords
    )
    return [Name(*row) for row in rows]
