"""Which films a viewer may be shown, and the popular ones in their order.

The statements are put together of constant texts: making them from expressions took longer than
running them. Each film's rows are asked for one by one, in an index. For EXISTS the planner might
rather read all that a viewer rated, or all films of a genre.
"""

from collections.abc import Collection
from typing import Any, NamedTuple

from django.db import connection

from apps.core.database import array_of
from apps.favorites.hidden import Hidden
from apps.favorites.querysets import WATCHED_PROGRESS
from apps.movies.shown_films import is_shown
from apps.users.models import User

from .cursors import Place
from .filters import Filters

_OF_LIST = """
    SELECT film.id, {is_visible} FROM movies_movie AS film
    WHERE film.id = ANY (%(movie_ids)s::int[]) AND {listed}
"""
_POPULAR = """
    SELECT film.id, film.vote_count, {is_visible} FROM movies_movie AS film
    WHERE {listed} {behind} ORDER BY film.vote_count DESC, film.id LIMIT %(count)s
"""
# The sum is what no index is sorted by: the films that fit are found first, then sorted.
_FITTING = """
    SELECT film.id, film.vote_count, {is_visible} FROM movies_movie AS film
    WHERE {listed} {behind} AND {fits} ORDER BY -(film.vote_count + 0), film.id LIMIT %(count)s
"""
# The first condition is where the index is entered.
_BEHIND = """
    AND film.vote_count <= %(after_votes)s
    AND (film.vote_count < %(after_votes)s OR film.id > %(after_id)s)
"""
_NONE = "(SELECT true FROM {rows} AND of_film.movie_id = film.id LIMIT 1) IS NULL"
_OF_VIEWER = "{table} AS of_film WHERE of_film.user_id = %(user_id)s"
_HIDDEN = (_OF_VIEWER.format(table="favorites_notinterested"),)
_SEEN = (
    _OF_VIEWER.format(table="favorites_rating"),
    _OF_VIEWER.format(table="favorites_favorite"),
    _OF_VIEWER.format(table="favorites_watchentry") + " AND of_film.progress >= %(watched)s",
)
_OF_PEOPLE = "movies_credit AS of_film WHERE of_film.person_id = ANY (%(person_ids)s::int[])"
_OF_GENRES = "movies_movie_genres AS of_film WHERE of_film.genre_id = ANY (%(genre_ids)s::int[])"


class PopularFilm(NamedTuple):
    """`fits` is what the facts of the film tell, `is_visible` what the viewer did with it, too."""

    place: Place
    fits: bool
    is_visible: bool


def visible_movie_ids(
    user: User, movie_ids: Collection[int], *, hidden: Hidden, filters: Filters
) -> set[int]:
    """Those of the films that may be shown, fit, and are not what the viewer knows or hid."""
    asked_about = set(movie_ids) - filters.excluded
    if not asked_about:
        return set()
    is_visible = _is_visible(hidden, filters, filters.facts.probed())
    parameters = _parameters(user, hidden, filters) | {"movie_ids": array_of(asked_about)}
    statement = _OF_LIST.format(is_visible=is_visible, listed=_listed(user))
    rows = _rows(statement, parameters)
    return {movie_id for movie_id, is_visible in rows if is_visible}


def popular_films(
    user: User, *, hidden: Hidden, filters: Filters, after: Place | None, count: int
) -> list[PopularFilm]:
    """The most popular films behind a place, visible to the viewer or not."""
    is_visible = _is_visible(hidden, filters, filters.facts.probed())
    statement = _POPULAR.format(is_visible=is_visible, listed=_listed(user), behind=_behind(after))
    parameters = _parameters(user, hidden, filters, after)
    return _films(_rows(statement, parameters | {"count": count}), filters)


def fitting_films(
    user: User, *, hidden: Hidden, filters: Filters, after: Place | None, count: int
) -> list[PopularFilm]:
    """Of the films that fit, the most popular ones behind a place, visible or not."""
    statement = _FITTING.format(
        is_visible=_is_visible(hidden, filters),
        listed=_listed(user),
        behind=_behind(after),
        fits=filters.facts.found(),
    )
    parameters = _parameters(user, hidden, filters, after)
    return _films(_rows(statement, parameters | {"count": count}), filters)


def _listed(user: User) -> str:
    return is_shown(include_adult=user.include_adult)


def _behind(after: Place | None) -> str:
    return _BEHIND if after else ""


def _films(rows: list[tuple[Any, ...]], filters: Filters) -> list[PopularFilm]:
    return [
        PopularFilm(
            Place(votes, movie_id),
            fits=is_visible is not None,
            is_visible=bool(is_visible) and movie_id not in filters.excluded,
        )
        for movie_id, votes, is_visible in rows
    ]


def _is_visible(hidden: Hidden, filters: Filters, fits: str = "") -> str:
    """Whether a film is not hidden nor, unless seen ones are asked for, known.

    NULL where it does not fit; then the viewer's rows are not looked at.
    """
    refusals = [*_HIDDEN, *(() if filters.include_seen else _SEEN)]
    refusals += [_OF_PEOPLE] if hidden.person_ids else []
    refusals += [_OF_GENRES] if hidden.genre_ids else []
    is_new = " AND ".join(_NONE.format(rows=rows) for rows in refusals)
    return f"CASE WHEN {fits} THEN {is_new} END" if fits else is_new


def _parameters(
    user: User, hidden: Hidden, filters: Filters, after: Place | None = None
) -> dict[str, Any]:
    return filters.facts.parameters() | {
        "user_id": user.pk,
        "watched": WATCHED_PROGRESS,
        "person_ids": array_of(hidden.person_ids),
        "genre_ids": array_of(hidden.genre_ids),
        "after_votes": after and after.votes,
        "after_id": after and after.movie_id,
    }


def _rows(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
