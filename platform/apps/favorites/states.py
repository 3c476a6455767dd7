"""What a viewer did with each of some films, in one query."""

from collections.abc import Collection
from dataclasses import dataclass

from apps.core.database import array_of
from apps.core.movie_states import MovieState
from apps.core.prepared import PreparedStatement

from .querysets import WATCHED_PROGRESS


@dataclass(frozen=True, kw_only=True, slots=True)
class LibraryState:
    """A film's state, and the ids of the viewer's rows that say so, by which they are deleted."""

    state: MovieState
    favorite_id: int | None = None
    rating_id: int | None = None
    watchlist_id: int | None = None
    not_interested_id: int | None = None


# The ids are one array that the planner does not look into: otherwise it would weigh each of them,
# for each of the tables, which takes longer than to look them up.
_STATES = PreparedStatement(
    name="nexus_library_states",
    types=("bigint", "int[]"),
    sql=f"""
    WITH asked AS MATERIALIZED (SELECT $2 AS ids)
    SELECT movie_id,
        max(id) FILTER (WHERE kind = 1), max(id) FILTER (WHERE kind = 2),
        max(id) FILTER (WHERE kind = 3), max(id) FILTER (WHERE kind = 4),
        max(score), bool_or(kind = 5)
    FROM (
        SELECT movie_id, 1 AS kind, id, NULL::smallint AS score FROM favorites_favorite
        WHERE user_id = $1 AND movie_id = ANY ((SELECT ids FROM asked)::int[])
        UNION ALL
        SELECT movie_id, 2, id, score FROM favorites_rating
        WHERE user_id = $1 AND movie_id = ANY ((SELECT ids FROM asked)::int[])
        UNION ALL
        SELECT movie_id, 3, id, NULL FROM favorites_watchlistentry
        WHERE user_id = $1 AND movie_id = ANY ((SELECT ids FROM asked)::int[])
        UNION ALL
        SELECT movie_id, 4, id, NULL FROM favorites_notinterested
        WHERE user_id = $1 AND movie_id = ANY ((SELECT ids FROM asked)::int[])
        UNION ALL
        SELECT movie_id, 5, id, NULL FROM favorites_watchentry
        WHERE user_id = $1 AND movie_id = ANY ((SELECT ids FROM asked)::int[])
          AND progress >= {WATCHED_PROGRESS}
    ) AS found
    GROUP BY movie_id
    """,  # noqa: S608  # a number of ours
)

_SEEN = PreparedStatement(
    name="nexus_library_seen",
    types=("bigint",),
    sql=f"""
    SELECT movie_id FROM favorites_favorite WHERE user_id = $1
    UNION SELECT movie_id FROM favorites_rating WHERE user_id = $1
    UNION SELECT movie_id FROM favorites_watchentry
    WHERE user_id = $1 AND progress >= {WATCHED_PROGRESS}
    """,  # noqa: S608  # as above
)


def read_seen(user_id: int) -> list[int]:
    """Ids of the films that the viewer rated, favourited or watched."""
    return [movie_id for (movie_id,) in _SEEN.rows(user_id)]


def read_library_states(user_id: int, movie_ids: Collection[int]) -> dict[int, LibraryState]:
    """The states of those of the films that the viewer did anything with."""
    rows = _STATES.rows(user_id, array_of(movie_ids))
    return {movie_id: _library_state(*columns) for movie_id, *columns in rows}


def read_states(user_id: int, movie_ids: Collection[int]) -> dict[int, MovieState]:
    known = read_library_states(user_id, movie_ids)
    return {movie_id: each.state for movie_id, each in known.items()}


def _library_state(  # noqa: PLR0917  # the columns of the query, in their order
    favorite_id: int | None,
    rating_id: int | None,
    watchlist_id: int | None,
    not_interested_id: int | None,
    score: int | None,
    is_watched: bool,  # noqa: FBT001  # as above
) -> LibraryState:
    state = MovieState(
        favorite=favorite_id is not None,
        rating=score,
        watched=is_watched,
        watchlisted=watchlist_id is not None,
        hidden=not_interested_id is not None,
    )
    return LibraryState(
        state=state,
        favorite_id=favorite_id,
        rating_id=rating_id,
        watchlist_id=watchlist_id,
        not_interested_id=not_interested_id,
    )
