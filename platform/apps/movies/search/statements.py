"""The statements of a search. Each goes from tier to tier until it has as many films as it may.

Within a tier the films with the highest weight come first; what is below is not even looked at
where the films above suffice, so that a word of half of the films costs no more than a rare one.
"""

from apps.core.prepared import PreparedStatement
from apps.movies.models.search import TIERS

# So many films a search finds at most, and so many of them because they are called as it says.
MOST_FOUND = 240
MOST_NAMED = 60
# Of so many films it is seen which words were meant.
MOST_LOOKED_AT = 120


def _by_tier(query: str, most: int, columns: str = "movie_id") -> str:
    """SQL: films whose documents match, of the best tiers first."""
    tiers = " UNION ALL ".join(
        f"(SELECT {columns} FROM movies_searchdocument"  # noqa: S608  # text of ours
        f" WHERE tier = {tier} AND document @@ {query}"
        f" ORDER BY weight DESC, movie_id LIMIT {most})"
        for tier in TIERS
    )
    return f"(SELECT * FROM ({tiers}) AS tiers LIMIT {most})"  # noqa: S608  # as above


# A film counts by the best that is true of it, times its weight; and by something more if it is
# called as it was asked for, so that one that few know is not lost among those that all know.
SCORED = PreparedStatement(
    name="nexus_search_scored",
    types=(*("tsquery",) * 13, "integer"),
    # $1 candidates by name, $2 by words; $3 title, $4 another title, $5 somebody's name,
    # $6 acronym, $7 beginning of a title, words $8 of the title, $9 of titles, $10 of people's
    # names, $11 a keyword's name, $12 a title that begins with a begun word, $13 words of anything,
    # $14 how many words.
    sql=f"""
    WITH candidate AS MATERIALIZED (
        SELECT movie_id FROM {_by_tier("$1", MOST_NAMED)} AS named
        UNION SELECT movie_id FROM {_by_tier("$2", MOST_FOUND)} AS worded
    ), rated AS (
        SELECT movie_id, weight, CASE WHEN document @@ $3 THEN 1.5 WHEN document @@ $4 THEN .75
            ELSE 0 END AS named, CASE
            WHEN document @@ $3 THEN 1.0
            WHEN document @@ $4 THEN .92
            WHEN document @@ $5 THEN .8
            WHEN document @@ $6 THEN .7
            WHEN document @@ $7 THEN .65 + .1 * least(1, $14::float8 / title_words)
            WHEN document @@ $8 THEN .45 + .25 * least(1, $14::float8 / title_words)
            WHEN document @@ $9 THEN .5
            WHEN document @@ $10 THEN CASE WHEN $14 > 1 THEN .5 ELSE .4 END
            WHEN document @@ $11 THEN .4
            WHEN document @@ $12 THEN .35 + .1 * least(1, $14::float8 / title_words)
            WHEN document @@ $13 THEN .35
            ELSE .25 END AS text
        FROM candidate JOIN movies_searchdocument USING (movie_id)
    )
    SELECT movie_id, text * weight + named, named > 0 FROM rated ORDER BY 2 DESC, movie_id
    """,  # noqa: S608  # text of ours
)

# $1 any reading of the words, $2 the alternatives and $3 each of them as a query: which films have
# which of them.
LOOKED_AT = PreparedStatement(
    name="nexus_search_looked_at",
    types=("tsquery", "text[]"),
    sql=f"""
    SELECT weight, ARRAY(
        SELECT number::int FROM unnest($2) WITH ORDINALITY AS alternative (query, number)
        WHERE document @@ query::tsquery
    ) FROM {_by_tier("$1", MOST_LOOKED_AT, "weight, document")} AS found
    """,  # noqa: S608  # as above
)

KNOWN_WORDS = PreparedStatement(
    name="nexus_search_known_words",
    types=("text[]",),
    sql="SELECT word, weight, is_common FROM movies_searchword WHERE word = ANY ($1)",
)

# What may have been meant by $1, words: those that look alike, and those of $3 that are one slip
# from the word of $2 beside them. Of each the likeliest, as far as slips and the best film tell.
NEAR_WORDS = PreparedStatement(
    name="nexus_search_near_words",
    types=("text[]", "text[]", "text[]", "float8", "integer"),
    sql="""
    SELECT asked, near.word, near.weight
    FROM unnest($1) AS asked CROSS JOIN LATERAL (
        SELECT word, weight, min(slips) AS slips
        FROM (
            SELECT word, weight, levenshtein_less_equal(asked, word, 2) AS slips
            FROM movies_searchword
            WHERE word % asked AND length(word) BETWEEN length(asked) - 2 AND length(asked) + 2
            UNION ALL
            SELECT word, weight, 1 FROM movies_searchword
            WHERE word = ANY (ARRAY(
                SELECT slip.meant FROM unnest($2, $3) AS slip (word, meant) WHERE slip.word = asked
            ))
        ) AS alike
        WHERE word <> asked AND slips <= 2
        GROUP BY word, weight
    ) AS near
    ORDER BY row_number() OVER (
        PARTITION BY asked ORDER BY weight * power($4, slips) DESC, word
    ) LIMIT $5
    """,
)
