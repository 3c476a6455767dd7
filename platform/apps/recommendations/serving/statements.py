"""All that a page of a stored list depends on, in one statement that connections plan once."""

from apps.core.prepared import PreparedStatement
from apps.favorites.querysets import WATCHED_PROGRESS
from apps.movies.fragments import GENRES_VERSION
from apps.recommendations.models import CONTRIBUTORS_PER_ITEM, ActiveGeneration

# The session, its account, now, the first position and how many are read.
_TYPES = ("uuid", "int", "timestamptz", "int", "int")

_NEWEST = f"""
    SELECT stored.* FROM recommendations_activegeneration AS active
    CROSS JOIN LATERAL (
        SELECT * FROM recommendations_recommendationlist
        WHERE user_id = $2 AND generation_id = active.generation_id
        ORDER BY id DESC LIMIT 1
    ) AS stored
    WHERE active.id = {ActiveGeneration.ROW_ID}
"""  # noqa: S608  # a number of ours
_GIVEN = "SELECT * FROM recommendations_recommendationlist WHERE user_id = $2 AND id = $6"

# The ids of films stay one array that the planner does not look into. Every write of a viewer
# raises the revision, so what was written since the list was built is looked for only if it is
# behind; of what lists do not depend on, all is read: the watchlist, and what is not wanted.
_PAGE = """
    WITH list AS MATERIALIZED (
        SELECT
            stored.id, stored.created_at, stored.revision,
            (SELECT min(source) FROM unnest(stored.sources) AS source) AS source,
            stored.movie_ids[$4 + 1:$4 + $5] AS ids,
            stored.scores[$4 + 1:$4 + $5] AS scores,
            stored.sources[$4 + 1:$4 + $5] AS sources,
            stored.because_movie_ids[{each} * $4 + 1:{each} * ($4 + $5)] AS because_ids,
            stored.because_shares[{each} * $4 + 1:{each} * ($4 + $5)] AS because_shares
        FROM ({stored}) AS stored
    ), named AS MATERIALIZED (
        SELECT ids || because_ids AS ids FROM list
    ), films AS MATERIALIZED (
        SELECT array_agg(id) AS ids, array_agg(xmin)::text AS versions
        FROM movies_movie WHERE id = ANY ((SELECT ids FROM named)::int[])
    ), unwanted AS MATERIALIZED (
        SELECT
            array_agg(person_id) FILTER (WHERE person_id IS NOT NULL) AS person_ids,
            array_agg(genre_id) FILTER (WHERE genre_id IS NOT NULL) AS genre_ids
        FROM favorites_notinterested WHERE user_id = $2 AND movie_id IS NULL
    )
    SELECT
        session.last_seen_at, account.language, account.region,
        COALESCE(taste.revision, 0), list.*,
        {genres_version}, films.ids, films.versions,
        CASE WHEN list.revision < taste.revision THEN ARRAY(
            SELECT ARRAY[movie_id, score] FROM favorites_rating
            WHERE user_id = $2 AND movie_id = ANY ((SELECT ids FROM named)::int[])
        ) END,
        CASE WHEN list.revision < taste.revision THEN ARRAY(
            SELECT movie_id FROM favorites_favorite
            WHERE user_id = $2 AND movie_id = ANY ((SELECT ids FROM named)::int[])
        ) END,
        CASE WHEN list.revision < taste.revision THEN ARRAY(
            SELECT movie_id FROM favorites_watchentry
            WHERE user_id = $2 AND movie_id = ANY ((SELECT ids FROM list)::int[])
              AND progress >= {watched}
        ) END,
        ARRAY(
            SELECT movie_id FROM favorites_watchlistentry
            WHERE user_id = $2 AND movie_id = ANY ((SELECT ids FROM list)::int[])
        ),
        ARRAY(
            SELECT movie_id FROM favorites_notinterested
            WHERE user_id = $2 AND movie_id = ANY ((SELECT ids FROM named)::int[])
        ),
        unwanted.person_ids, unwanted.genre_ids, account.include_adult
    FROM users_session AS session
    JOIN users_user AS account ON account.id = session.user_id
    LEFT JOIN favorites_taste AS taste ON taste.user_id = account.id
    CROSS JOIN list
    CROSS JOIN films
    CROSS JOIN unwanted
    WHERE session.id = $1 AND session.user_id = $2 AND session.expires_at > $3
      AND account.is_active
"""


def _page_of(stored: str) -> str:
    return _PAGE.format(
        stored=stored,
        each=CONTRIBUTORS_PER_ITEM,
        genres_version=GENRES_VERSION,
        watched=WATCHED_PROGRESS,
    )


NEWEST_LIST = PreparedStatement(name="nexus_newest_list", types=_TYPES, sql=_page_of(_NEWEST))
GIVEN_LIST = PreparedStatement(
    name="nexus_given_list", types=(*_TYPES, "bigint"), sql=_page_of(_GIVEN)
)
