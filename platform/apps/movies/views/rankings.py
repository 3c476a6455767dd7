from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from apps.core.errors import APIError, ErrorCode
from apps.core.field_selection import PARAMETER
from apps.core.json_answers import json_answer
from apps.core.pagination import DEFAULT_PAGE_SIZE, MAX_PAGE, MAX_PAGE_SIZE
from apps.core.schema import LIST_ERRORS, errors
from apps.movies import adult_films, examples
from apps.movies.adult_films import INCLUDE_ADULT, is_adult_included
from apps.movies.models import ListName, Movie
from apps.movies.rankings import Ranking, read_list
from apps.movies.serializers.rankings import MovieRankingOutput
from apps.movies.similar import similar_films

from .film_lists import FIELDS, CatalogueView, page_of_films

_Method = TypeVar("_Method", bound=Callable[..., Any])

WINDOWS = {"day": ListName.TRENDING_DAY, "week": ListName.TRENDING_WEEK}


def count_parameter(name: str, description: str, *, default: int, maximum: int) -> OpenApiParameter:
    schema = {"type": "integer", "minimum": 1, "maximum": maximum, "default": default}
    return OpenApiParameter(name, schema, description=description)


PAGES = [
    count_parameter("page", "The page, from 1.", default=1, maximum=MAX_PAGE),
    count_parameter(
        "page_size", "Rows per page.", default=DEFAULT_PAGE_SIZE, maximum=MAX_PAGE_SIZE
    ),
]
_WINDOW = OpenApiParameter(
    "window",
    {"type": "string", "enum": list(WINDOWS), "default": "day"},
    description="What is trending today, or this week.",
)


def _documented(
    operation_id: str,
    summary: str,
    *,
    parameters: Sequence[OpenApiParameter] = (),
    codes: Sequence[ErrorCode] = (),
) -> Callable[[_Method], _Method]:
    return extend_schema(
        tags=["movies"],
        operation_id=operation_id,
        summary=summary,
        parameters=[*parameters, INCLUDE_ADULT, *PAGES, FIELDS],
        responses={
            200: MovieRankingOutput,
            **errors(*LIST_ERRORS, *codes, ErrorCode.TOKEN_NOT_VALID),
        },
        examples=[examples.RANKING],
    )


class RankingView(CatalogueView):
    """Shows a page of a ranking, and whose ranking it is."""

    own_parameters: tuple[str, ...] = (PARAMETER, adult_films.PARAMETER)

    def show(self, request: Request, ranking: Ranking) -> HttpResponse:
        label = {"source": ranking.source, "fetched_at": ranking.fetched_at}
        return json_answer(
            label | page_of_films(request, ranking.films.values_list("pk", flat=True), view=self)
        )

    def show_list(self, request: Request, name: ListName) -> HttpResponse:
        include_adult = is_adult_included(request)
        today = timezone.now().date()
        return self.show(request, read_list(name, today=today, include_adult=include_adult))


class TrendingView(RankingView):
    own_parameters = (*RankingView.own_parameters, "window")

    @_documented("movie_trending", "Trending films", parameters=[_WINDOW])
    def get(self, request: Request) -> HttpResponse:
        """List the films that are trending, as TMDb ranked them when it was last asked.

        Until it was, popular films stand here, and `source` says so.
        """
        return self.show_list(request, _window_of(request))


class PopularView(RankingView):
    @_documented("movie_popular", "Popular films")
    def get(self, request: Request) -> HttpResponse:
        """List the films that are popular, as TMDb ranked them, else those with the most votes."""
        return self.show_list(request, ListName.POPULAR)


class TopRatedView(RankingView):
    @_documented("movie_top_rated", "Films of the best repute")
    def get(self, request: Request) -> HttpResponse:
        """List the films that are rated best, by TMDb's ranking, else by their average vote."""
        return self.show_list(request, ListName.TOP_RATED)


class NowPlayingView(RankingView):
    @_documented("movie_now_playing", "Films in cinemas")
    def get(self, request: Request) -> HttpResponse:
        """List the films in cinemas, as TMDb says, else those of the last six weeks."""
        return self.show_list(request, ListName.NOW_PLAYING)


class UpcomingView(RankingView):
    @_documented("movie_upcoming", "Films to come")
    def get(self, request: Request) -> HttpResponse:
        """List the films to come, as TMDb says, else those released within a year from now."""
        return self.show_list(request, ListName.UPCOMING)


class SimilarView(RankingView):
    @_documented("movie_similar", "Films like this one", codes=[ErrorCode.MOVIE_NOT_FOUND])
    def get(self, request: Request, pk: int) -> HttpResponse:
        """List films like this one: by what viewers did, else those that TMDb names, and if these
        are few those that share the most.

        `source` is `model` or `tmdb` where all are of one of these. What films share is their
        collection, their keywords, the rare ones above all, and genres.
        """
        try:
            ranking = similar_films(pk, include_adult=is_adult_included(request))
        except Movie.DoesNotExist as error:
            raise APIError(ErrorCode.MOVIE_NOT_FOUND) from error
        return self.show(request, ranking)


def _window_of(request: Request) -> ListName:
    window = request.query_params.get("window", "day")
    if window not in WINDOWS:
        message = f"One of {', '.join(WINDOWS)}."
        raise ValidationError({"window": [ErrorDetail(message, code="invalid")]})
    return WINDOWS[window]
