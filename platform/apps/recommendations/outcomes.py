"""What came of films that were shown: clicked, saved, liked or watched afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from apps.core.movie_states import LIKED_SCORE
from apps.favorites.querysets import WATCHED_PROGRESS

DAYS = 30
PERIOD = timedelta(days=DAYS)

# Of a CTE `shown` with the columns user_id, movie_id, shown_at and is_clicked, one row for each
# film of a viewer. Each is looked up in an index that leads with the viewer.
OUTCOMES = """
    is_clicked,
    EXISTS (
        SELECT FROM favorites_favorite AS kept
        WHERE kept.user_id = shown.user_id AND kept.movie_id = shown.movie_id
            AND kept.created_at >= shown.shown_at
    ) OR EXISTS (
        SELECT FROM favorites_watchlistentry AS kept
        WHERE kept.user_id = shown.user_id AND kept.movie_id = shown.movie_id
            AND kept.created_at >= shown.shown_at
    ) AS is_saved,
    EXISTS (
        SELECT FROM favorites_rating AS rated
        WHERE rated.user_id = shown.user_id AND rated.movie_id = shown.movie_id
            AND rated.score >= %(liked)s
            AND COALESCE(rated.rated_at, rated.created_at) >= shown.shown_at
    ) AS is_liked,
    EXISTS (
        SELECT FROM favorites_watchentry AS watched
        WHERE watched.user_id = shown.user_id AND watched.movie_id = shown.movie_id
            AND watched.progress >= %(watched)s
            AND COALESCE(watched.watched_at, watched.created_at) >= shown.shown_at
    ) AS is_watched
"""
# Of rows with these columns, in the order of the fields of Outcomes.
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
