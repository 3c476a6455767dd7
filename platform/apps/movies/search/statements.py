"""The statements of a search. Each goes from tier to tier until it has as many films as it may.

Within a tier the films with the highest weight come first; what is below is not even looked at
where the films above suffice, so that a word of half of the films costs no more than a rare one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from apps.core.prepared import PreparedStatement
from apps.movies.models.search import ADULT_TIER, TIERS

# So many films a search finds at most, and so many of them because they are called as it says.
MOST_FOUND = 240
MOST_NAMED = 60
# Of so many films it is seen which words were meant.
MOST_LOOKED_AT = 120
# Nearly all films are in these. A begun word is looked up here as well if no more than so many have
# a word that begins so: an index of words collects all of them before the other words count.
DEEP_TIERS = (3, 4)
MOST_BEGUN = 5_000
# As the conditions that narrow it name it.
_DOCUMENTS = "(SELECT *, movie_id AS id FROM movies_searchdocument) AS film"
_PLACE = "{narrowed}"
# Around what a search has only where films for adults are asked for, too.
_ADULTS_BEGIN, _ADULTS_END = "/* for adults */", "/* for all */"
_ADULTS = re.compile(rf"{re.escape(_ADULTS_BEGIN)}.*?{re.escape(_ADULTS_END)}", re.DOTALL)
# Large documents are stored compressed, and would be unpacked for each query that they are asked.
_UNPACKED = "document || ''::tsvector"
_NUMBER = re.compile(r"\$([0-9]+)")


@dataclass(frozen=True, slots=True)
class Narrowing:
    """A condition on the document `film`, and what it names; without one every film is searched."""

    condition: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    include_adult: bool = False


EVERY_DOCUMENT = Narrowing()


@dataclass(frozen=True, slots=True)
class TieredStatement:
    """Planned once for every document; where these are narrowed each time, as conditions are many.

    `template` has a place for a condition in each of its tiers.
    """

    planned: PreparedStatement
    template: str

    def rows(self, *values: Any, narrowing: Narrowing) -> list[tuple[Any, ...]]:
        if not narrowing.condition:
            return self.planned.rows(*values)
        places = {f"p{number}": value for number, value in enumerate(values, start=1)}
        sql = self.template.replace(_PLACE, f"AND {narrowing.condition}")
        with connection.cursor() as cursor:
            cursor.execute(_NUMBER.sub(self._named, sql), {**places, **narrowing.parameters})
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def _named(self, number: re.Match[str]) -> str:
        return f"%(p{number[1]})s::{self.planned.types[int(number[1]) - 1]}"


@dataclass(frozen=True, slots=True)
class SearchStatement:
    """For those who ask for films for adults, and visit their tier as well, and for all others."""

    for_all: TieredStatement
    with_adults: TieredStatement

    def rows(self, *values: Any, narrowing: Narrowing) -> list[tuple[Any, ...]]:
        statement = self.with_adults if narrowing.include_adult else self.for_all
        return statement.rows(*values, narrowing=narrowing)


def _tiered(*, name: str, types: tuple[str, ...], sql: str) -> SearchStatement:
    return SearchStatement(
        _planned(name=name, types=types, sql=_ADULTS.sub("", sql)),
        _planned(name=f"{name}_with_adults", types=types, sql=sql),
    )


def _planned(*, name: str, types: tuple[str, ...], sql: str) -> TieredStatement:
    planned = PreparedStatement(
        name=name, types=types, sql=sql.replace(_PLACE, ""), is_generic=True
    )
    return TieredStatement(planned, sql)


def _by_tier(query: str, most: int, *, deep: str = "", columns: str = "movie_id") -> str:
    """SQL: films whose documents match, of the best tiers first; `deep` for those below.

    As many of those for adults come beside them, as well known ones are among these, too.
    """
    of_tier = {
        tier: f"(SELECT {columns} FROM {_DOCUMENTS}"  # noqa: S608  # text of ours
        f" WHERE tier = {tier} AND document @@ {deep if deep and tier in DEEP_TIERS else query}"
        f" {_PLACE} ORDER BY weight DESC, movie_id LIMIT {most})"
        for tier in (*TIERS, ADULT_TIER)
    }
    tiers = " UNION ALL ".join(of_tier[tier] for tier in TIERS)
    for_all = f"(SELECT * FROM ({tiers}) AS tiers LIMIT {most})"  # noqa: S608  # as above
    beside = f"{_ADULTS_BEGIN} UNION ALL {of_tier[ADULT_TIER]} {_ADULTS_END}"
    return f"({for_all} {beside})"


# A film counts by the best that is true of it, times its weight; and by something more if it is
# called as it was asked for, so that one that few know is not lost among those that all know.
SCORED = _tiered(
    name="nexus_search_scored",
    types=(*("tsquery",) * 18, "integer"),
    # $1 candidates by name or its beginning, $2 by words; $3 title, $4 another title, $5 somebody's
    # name, $6 acronym, $7 beginning of a title, words $8 of the title, $9 of titles, $10 of
    # people's names, $11 a keyword's name, $12 a title that begins with a begun word, $13 words of
    # anything, $14 one of them of the title, begun words $15 of titles and $16 of people's names;
    # $17 and $18 candidates of deep tiers, $19 how many words.
    sql=f"""
    WITH candidate AS MATERIALIZED (
        SELECT movie_id FROM {_by_tier("$1", MOST_NAMED, deep="$17")} AS named
        UNION SELECT movie_id FROM {_by_tier("$2", MOST_FOUND, deep="$18")} AS worded
    ), rated AS (
        SELECT movie_id, weight, CASE WHEN document @@ $3 THEN 1.2 WHEN document @@ $4 THEN .6
            ELSE 0 END AS named, CASE
            WHEN document @@ $3 THEN 1.0
            WHEN document @@ $4 THEN .92
            WHEN document @@ $5 THEN .8
            WHEN document @@ $6 THEN .7
            WHEN document @@ $7 THEN .7 + .1 * least(1, $19::float8 / title_words)
            WHEN document @@ $8 THEN .45 + .25 * least(1, $19::float8 / title_words)
            WHEN document @@ $9 THEN .5
            WHEN document @@ $10 THEN CASE WHEN $19 > 1 THEN .5 ELSE .4 END
            WHEN document @@ $11 THEN .4
            WHEN document @@ $12 THEN .35 + .1 * least(1, $19::float8 / title_words)
            WHEN document @@ $13 THEN CASE WHEN document @@ $14 THEN .42 ELSE .35 END
            WHEN document @@ $15 THEN .35
            WHEN document @@ $16 THEN .3
            ELSE .25 END AS text
        FROM (
            SELECT movie_id, weight, title_words, {_UNPACKED} AS document
            FROM candidate JOIN movies_searchdocument USING (movie_id) OFFSET 0
        ) AS unpacked
    )
    SELECT movie_id, text * weight, named > 0 FROM rated
    ORDER BY text * weight + named DESC, movie_id
    """,  # noqa: S608  # text of ours
)

# $1 any reading of the words, $2 each of the alternatives: which of these, by their numbers from 1,
# the films have, and the films' weights.
LOOKED_AT = _tiered(
    name="nexus_search_looked_at",
    types=("tsquery", "tsquery[]"),
    sql=f"""
    SELECT weight, ARRAY(
        SELECT number::int FROM unnest($2) WITH ORDINALITY AS alternative (query, number)
        WHERE document @@ query
    ) FROM (
        SELECT weight, {_UNPACKED} AS document
        FROM {_by_tier("$1", MOST_LOOKED_AT, columns="weight, document")} AS found OFFSET 0
    ) AS unpacked
    """,  # noqa: S608  # as above
)

KNOWN_WORDS = PreparedStatement(
    name="nexus_search_known_words",
    types=("text[]",),
    sql="SELECT word, weight, is_common FROM movies_searchword WHERE word = ANY ($1)",
)

# $1 the beginning of words, $2 what is behind all of them: whether there are few, and no more than
# $3 films have one, as far as was counted; and the weight of the best film that has one.
BEGINNING = PreparedStatement(
    name="nexus_search_beginning",
    types=("text", "text", "integer"),
    sql="""
    SELECT count(*) < 1000 AND coalesce(sum(films), 0) <= $3, coalesce(max(weight), 0) FROM (
        SELECT films, weight FROM movies_searchword WHERE word >= $1 AND word < $2 LIMIT 1000
    ) AS begun
    """,
)

# Words that are not common and look like one of $1, with up to two slips; of each the likeliest, as
# far as $2 to the power of the slips and the best film tell.
ALIKE_WORDS = PreparedStatement(
    name="nexus_search_alike_words",
    types=("text[]", "float8", "integer"),
    sql="""
    SELECT asked, near.word, near.weight
    FROM unnest($1) AS asked CROSS JOIN LATERAL (
        SELECT word, weight, levenshtein_less_equal(asked, word, 2) AS slips
        FROM movies_searchword
        WHERE word % asked AND NOT is_common
            AND length(word) BETWEEN length(asked) - 2 AND length(asked) + 2
    ) AS near
    WHERE word <> asked AND slips <= 2
    ORDER BY row_number() OVER (
        PARTITION BY asked ORDER BY weight * power($2, slips) DESC, word
    ) LIMIT $3
    """,
)

# Words that are not common and sound like one of $1 in English, the best known ones.
SOUNDING_WORDS = PreparedStatement(
    name="nexus_search_sounding_words",
    types=("text[]", "integer"),
    sql="""
    SELECT asked, near.word, near.weight
    FROM unnest($1) AS asked CROSS JOIN LATERAL (
        SELECT word, weight FROM movies_searchword
        WHERE dmetaphone(word) = dmetaphone(asked) AND dmetaphone(asked) <> '' AND NOT is_common
            AND levenshtein_less_equal(asked, word, 3) <= 3
        ORDER BY weight DESC, films DESC, word LIMIT $2
    ) AS near
    WHERE word <> asked
    """,
)
