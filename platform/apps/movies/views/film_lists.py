"""Pages of films as cards, of which the caller may choose the fields."""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.field_selection import Chosen, chosen_fields, fields_parameter, is_chosen
from apps.core.movie_states import MovieState
from apps.core.pagination import PagePagination, Sliceable
from apps.movies.adult_films import is_adult_included
from apps.movies.fragments import read_fragments
from apps.movies.serializers.films import CARD_FIELDS
from apps.movies.states import states_for

FIELDS = fields_parameter(CARD_FIELDS)
# Visitors without an account may be shown a page again for so long, also by caches on the way.
PUBLIC_SECONDS = 60


class CatalogueView(APIView):
    """What everybody may read; caches may keep what visitors without an account are answered."""

    permission_classes = (AllowAny,)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        finalized = super().finalize_response(request, response, *args, **kwargs)
        if "Authorization" not in request.headers and finalized.status_code == 200:  # noqa: PLR2004
            finalized.headers.setdefault("Cache-Control", f"public, max-age={PUBLIC_SECONDS}")
        return finalized


def page_of_films(request: Request, movie_ids: Sliceable, *, view: APIView) -> dict[str, Any]:
    chosen = chosen_fields(request, CARD_FIELDS)
    paginator = PagePagination()
    movie_ids = paginator.paginate_queryset(movie_ids, request, view)
    page: dict[str, Any] = paginator.page_of(cards_of(request, movie_ids, chosen))
    return page


def cards_of(request: Request, movie_ids: Sequence[int], chosen: Chosen) -> list[Any]:
    """In this order, as orjson takes them; states are read only where they were chosen."""
    states = states_of(request, movie_ids, chosen)
    films = read_fragments(movie_ids)
    include_adult = is_adult_included(request)
    return [
        films[pk].card(states.get(pk), chosen=chosen)
        for pk in movie_ids
        if pk in films and films[pk].is_shown(include_adult=include_adult)
    ]


def states_of(
    request: Request, movie_ids: Sequence[int], chosen: Chosen
) -> Mapping[int, MovieState]:
    return (states_for(request, movie_ids) if is_chosen(chosen, "me") else None) or {}
