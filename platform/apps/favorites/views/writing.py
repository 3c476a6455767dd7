"""What the views of a viewer's writes have in common."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from django.db.models import Model
from drf_spectacular.utils import OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_200_OK, HTTP_201_CREATED

from apps.core.errors import APIError, ErrorCode
from apps.favorites.serializers.revisions import TasteRevisionOutput
from apps.movies.film_cards import cards_for
from apps.movies.fragments import Fragment, read_fragments
from apps.movies.models import Movie
from apps.movies.states import states_for

# What the ids of films can be.
_IDS = range(1, 2**31)

DELETED = OpenApiResponse(TasteRevisionOutput, "Deleted; the viewer's new Taste revision.")


def find_movie(film: dict[str, int]) -> Movie:
    movie = Movie.objects.filter(**film).first()
    if movie is None:
        raise APIError(ErrorCode.MOVIE_NOT_FOUND)
    return movie


class FilmRow(Protocol):
    """A row of a viewer that names a film."""

    movie_id: int


class FilmCard(NamedTuple):
    """A film that there is, and how it stands in answers."""

    pk: int
    fragment: Fragment


def find_card(named: dict[str, int]) -> FilmCard:
    """What `find_movie` does, for views that need nothing else of the film than to show it."""
    movie_id = named["pk"] if "pk" in named else _id_of(**named)
    found = read_fragments([movie_id]) if movie_id in _IDS else {}
    if movie_id not in found:
        raise APIError(ErrorCode.MOVIE_NOT_FOUND)
    return FilmCard(movie_id, found[movie_id])


def _id_of(*, tmdb_id: int) -> int:
    """0 where there is no such film."""
    return Movie.objects.filter(tmdb_id=tmdb_id).values_list("pk", flat=True).first() or 0


def row_data(
    request: Request, row: Model, film: FilmCard, *, fields: Sequence[str]
) -> dict[str, Any]:
    """What the serializer of these fields says of the viewer's row, of which `movie` is one."""
    states = states_for(request, [film.pk])
    card = film.fragment.data(states[film.pk] if states else None)
    return _row_with(card, row, fields)


def read_row_data(request: Request, row: FilmRow, *, fields: Sequence[str]) -> dict[str, Any]:
    """`row_data` of a row that was read. If its film is gone by now, the row went before it."""
    cards = cards_for(request, [row.movie_id])
    if row.movie_id not in cards:
        raise APIError(ErrorCode.NOT_FOUND)
    return _row_with(cards[row.movie_id], row, fields)


def _row_with(card: dict[str, Any], row: Model | FilmRow, fields: Sequence[str]) -> dict[str, Any]:
    return {name: card if name == "movie" else getattr(row, name) for name in fields}


def written(data: dict[str, Any], *, revision: int, created: bool) -> Response:
    status = HTTP_201_CREATED if created else HTTP_200_OK
    return Response(data | {"taste_revision": revision}, status=status)
