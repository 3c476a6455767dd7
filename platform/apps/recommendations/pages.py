"""A page of a stored list as the viewer may see it now."""

from dataclasses import dataclass
from itertools import chain

from django.db.models import prefetch_related_objects

from apps.movies.models import Movie
from apps.movies.querysets import NOT_ON_CARDS
from apps.users.models import User

from .cursors import Cursor
from .querysets import visible_movie_ids
from .stored import StoredItem, StoredList


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """The items shown, the films that they and their reasons name, and where to go on."""

    items: list[StoredItem]
    movies: dict[int, Movie]
    next: Cursor | None


def page_of(stored: StoredList, *, user: User, offset: int, limit: int) -> Page:
    """The next `limit` films from position `offset` on.

    Films that the viewer rated or favourited since the list was built are passed over, and so
    are films that are gone or that no list may show any more.
    """
    visible = visible_movie_ids(user, [item.movie_id for item in stored.items[offset:]])
    shown = [
        position
        for position in range(offset, len(stored.items))
        if stored.items[position].movie_id in visible
    ]
    items = [stored.items[position] for position in shown[:limit]]
    following = None
    if len(shown) > limit:
        following = Cursor(origin=stored.origin, row_id=stored.row_id, offset=shown[limit])
    return Page(items=items, movies=_movies(items), next=following)


def _movies(items: list[StoredItem]) -> dict[int, Movie]:
    """The films of the items with their genres, and those that only reasons name without."""
    shown = {item.movie_id for item in items}
    named = {movie_id for movie_id, _ in chain.from_iterable(item.because for item in items)}
    movies = Movie.objects.defer(*NOT_ON_CARDS).in_bulk(shown | named)
    prefetch_related_objects([movies[pk] for pk in shown if pk in movies], "genres")
    return movies
