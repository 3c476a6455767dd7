"""What came of films that were shown: clicked, saved, liked or watched afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from apps.core.movie_states import LIKED_SCORE
from apps.favorites.querysets import WATCHED_PROGRESS

DAYS = 30
PERIOD = timedelta(days=DAYS)

# CTEs after `shown`, which has a row for each film of a viewer: user_id, movie_id, shown_at and
# is_clicked. They are joins, so that for one viewer the films are looked up by index, and for all
# viewers whole tables are read once. What is not there was not done: null, as good as false.
OUTCOMES = """
    done AS (
        SELECT shown.user_id, shown.movie_id, 'saved' AS what
        FROM shown JOIN favorites_favorite AS kept USING (user_id, movie_id)
        WHERE kept.created_at >= %(since)s AND kept.created_at >= shown.shown_at
        UNION ALL
        SELECT shown.user_id, shown.movie_id, 'saved'
        FROM shown JOIN favorites_watchlistentry AS kept USING (user_id, movie_id)
        WHERE kept.created_at >= %(since)s AND kept.created_at >= shown.shown_at
        UNION ALL
        SELECT shown.user_id, shown.movie_id, 'liked'
        FROM shown JOIN favorites_rating AS rated USING (user_id, movie_id)
        WHERE rated.score >= %(liked)s AND COALESCE(rated_at, created_at) >= %(since)s
            AND COALESCE(rated_at, created_at) >= shown.shown_at
        UNION ALL
        SELECT shown.user_id, shown.movie_id, 'watched'
        FROM shown JOIN favorites_watchentry AS watched USING (user_id, movie_id)
        WHERE watched.progress >= %(watched)s AND COALESCE(watched_at, created_at) >= %(since)s
            AND COALESCE(watched_at, created_at) >= shown.shown_at
    ),
    done_once AS (
        SELECT user_id, movie_id, bool_or(what = 'saved') AS is_saved,
            bool_or(what = 'liked') AS is_liked, bool_or(what = 'watched') AS is_watched
        FROM done GROUP BY user_id, movie_id
    ),
    outcomes AS (SELECT * FROM shown LEFT JOIN done_once USING (user_id, movie_id))
"""
# Of `outcomes`, in the order of the fields of Outcomes.
COUNTS = """
    count(*),
    count(*) FILTER (WHERE is_clicked),
    count(*) FILTER (WHERE is_saved),
    count(*) FILTER (WHERE is_liked),
    count(*) FILTER (WHERE is_watched),
    count(*) FILTER (WHERE is_clicked OR is_saved OR is_liked OR is_watched)
"""
PARAMETERS: Mapping[str, int] = MappingProxyType(
    {"liked": LIKED_SCORE, "watched": WATCHED_PROGRESS}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcomes:
    """Impressions and clicks as they were told; films of a viewer count once, from the first on."""

    impressions: int
    clicks: int
    films: int
    clicked: int
    saved: int
    liked: int
    watched: int
    hits: int

    @classmethod
    def of(cls, counts: Sequence[int]) -> "Outcomes":
        """Of the columns in the order of the fields."""
        names = cls.__dataclass_fields__
        return cls(**dict(zip(names, counts, strict=True)))

    @property
    def click_rate(self) -> float | None:
        return self.clicks / self.impressions if self.impressions else None

    @property
    def hit_rate(self) -> float | None:
        return self.hits / self.films if self.films else None
