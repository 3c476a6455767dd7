"""A page of a stored list as the viewer may see it now."""

from dataclasses import dataclass
from itertools import chain

from django.db.models import Q, prefetch_related_objects

from apps.favorites.hidden import Hidden, read_hidden
from apps.movies.models import Movie
from apps.movies.querysets import NOT_ON_CARDS
from apps.users.models import User

from .cursors import Cursor, Origin
from .querysets import unseen_films, visible_movie_ids
from .stored import StoredItem, StoredList, beyond

# Of the most popular films that are new to a viewer, so many are looked at for those that are not
# hidden. The page after it goes on behind them.
LOOKED_AT = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """The items shown and what they are of, the films that they name, and where to go on."""

    stored: StoredList
    items: list[StoredItem]
    movies: dict[int, Movie]
    next: Cursor | None


def page_of(stored: StoredList, *, user: User, cursor: Cursor | None, limit: int) -> Page:
    """The first `limit` films, or those from the cursor on.

    Films that the viewer rated, favourited, watched or hid since the list was built are passed
    over, and so are films that are gone or that no list may show any more. If that leaves nothing
    for a first page, popular films of the whole catalogue stand in its place.
    """
    hidden = read_hidden(user)
    if stored.origin is Origin.POPULAR:
        return _popular_page(stored, user, hidden, cursor=cursor, limit=limit)
    page = _stored_page(stored, user, hidden, offset=cursor.offset if cursor else 0, limit=limit)
    if cursor is None and not page.items:
        return _popular_page(stored, user, hidden, cursor=None, limit=limit)
    return page


def _stored_page(
    stored: StoredList, user: User, hidden: Hidden, *, offset: int, limit: int
) -> Page:
    candidates = [item.movie_id for item in stored.items[offset:]]
    visible = visible_movie_ids(user, candidates, hidden=hidden)
    shown = [
        position
        for position in range(offset, len(stored.items))
        if stored.items[position].movie_id in visible
    ]
    items = [stored.items[position] for position in shown[:limit]]
    following = None
    if len(shown) > limit:
        following = Cursor(origin=stored.origin, row_id=stored.row_id, offset=shown[limit])
    return Page(stored=stored, items=items, movies=_movies(items), next=following)


def _popular_page(
    stored: StoredList, user: User, hidden: Hidden, *, cursor: Cursor | None, limit: int
) -> Page:
    """Popular films after the one that the cursor names, wherever that stands by now."""
    films = unseen_films(user)
    if cursor is not None:
        votes, last_id = cursor.offset, cursor.row_id
        films = films.filter(Q(vote_count__lt=votes) | Q(vote_count=votes, pk__gt=last_id))
    looked_at = list(films.by_popularity().values_list("pk", "vote_count")[:LOOKED_AT])
    visible = visible_movie_ids(user, [movie_id for movie_id, _ in looked_at], hidden=hidden)
    shown = [row for row in looked_at if row[0] in visible]
    popular = beyond(stored, [movie_id for movie_id, _ in shown[:limit]])
    following = None
    if len(shown) > limit:
        following = _after(*shown[limit - 1])
    elif len(looked_at) == LOOKED_AT:
        following = _after(*looked_at[-1])
    return Page(stored=popular, items=popular.items, movies=_movies(popular.items), next=following)


def _after(movie_id: int, votes: int) -> Cursor:
    return Cursor(origin=Origin.POPULAR, row_id=movie_id, offset=votes)


def _movies(items: list[StoredItem]) -> dict[int, Movie]:
    """The films of the items with their genres, and those that only reasons name without."""
    shown = {item.movie_id for item in items}
    named = {movie_id for movie_id, _ in chain.from_iterable(item.because for item in items)}
    movies = Movie.objects.defer(*NOT_ON_CARDS).in_bulk(shown | named)
    prefetch_related_objects([movies[pk] for pk in shown if pk in movies], "genres")
    return movies
