"""What films are called, and what names are in them: by these they are found."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from django.db import connection

from apps.core.database import array_of

Kind = Literal["title", "original_title", "translation", "alternative_title", "person", "keyword"]
# In the order in which one is preferred to another.
KINDS: tuple[Kind, ...] = (
    *("title", "original_title", "translation", "alternative_title", "person", "keyword"),
)
TITLES = frozenset(KINDS[:4])

# Of a large cast those count who are named first; of the crew, whom people know films by.
_NAMES = """
    SELECT id, 'title' AS kind, title AS name
    FROM movies_movie WHERE id = ANY (%(ids)s::int[])
    UNION SELECT id, 'original_title', original_title
    FROM movies_movie WHERE id = ANY (%(ids)s::int[])
    UNION SELECT movie_id, 'translation', title
    FROM movies_translation WHERE movie_id = ANY (%(ids)s::int[])
    UNION SELECT movie_id, 'alternative_title', title
    FROM movies_alternativetitle WHERE movie_id = ANY (%(ids)s::int[])
    UNION SELECT movie_id, 'person', person.name
    FROM movies_credit JOIN movies_person AS person ON person.id = person_id
    WHERE movie_id = ANY (%(ids)s::int[]) AND CASE WHEN is_cast THEN position < 20
        ELSE job = ANY ('{Director,Writer,Screenplay,Novel,Original Music Composer}') END
    UNION SELECT movie_id, 'keyword', keyword.name
    FROM movies_movie_keywords JOIN movies_keyword AS keyword ON keyword.id = keyword_id
    WHERE movie_id = ANY (%(ids)s::int[])
"""
_ALL = f"""
    SELECT id, kind, name, movies_plain(name) FROM ({_NAMES}) AS named WHERE name <> ''
"""  # noqa: S608  # text of ours
_SOME = f"""
    SELECT id, kind, name, plain
    FROM ({_NAMES}) AS named CROSS JOIN LATERAL movies_plain(name) AS plain
    WHERE kind <> 'title' AND (
        plain LIKE ANY (%(patterns)s) OR translate(plain, %(signs)s, '') LIKE ANY (%(patterns)s)
    )
"""  # noqa: S608  # as above


# Those that stand within words: spiderman is Spider-Man.
_SIGNS = "-.*:/&!'\N{RIGHT SINGLE QUOTATION MARK}\N{MIDDLE DOT}"


class Name(NamedTuple):
    movie_id: int
    kind: Kind
    text: str
    plain: str


def names_of(movie_ids: Iterable[int]) -> list[Name]:
    return _read(_ALL, ids=array_of(movie_ids))


def names_with(movie_ids: Iterable[int], words: Iterable[str]) -> list[Name]:
    """Those with one of the words in them, other than the titles."""
    patterns = [f"%{word}%" for word in words]
    return _read(_SOME, ids=array_of(movie_ids), patterns=patterns, signs=_SIGNS)


def _read(statement: str, **parameters: str | list[str]) -> list[Name]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [Name(*row) for row in cursor.fetchall()]
