from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.errors import ErrorCode
from apps.core.parameters import refuse_unknown_parameters
from apps.core.schema import AUTH_ERRORS, BODY_ERRORS, LIST_ERRORS, errors
from apps.favorites import actions, examples
from apps.favorites.filters import RatingFilter
from apps.favorites.models import Rating
from apps.favorites.refusals import gone_rows_refused
from apps.favorites.serializers.ratings import (
    RatingInput,
    RatingOutput,
    RatingWrittenOutput,
    ScoreInput,
)
from apps.movies.views.rows import FilmRowsView
from apps.users.requests import viewer_of

from .writing import DELETED, FilmCard, find_card, read_row_data, row_data, written

_Method = TypeVar("_Method", bound=Callable[..., Any])


def _changing(operation_id: str, summary: str) -> Callable[[_Method], _Method]:
    return extend_schema(
        tags=["ratings"],
        operation_id=operation_id,
        summary=summary,
        request=ScoreInput,
        responses={
            200: OpenApiResponse(RatingWrittenOutput, "Changed."),
            **errors(
                ErrorCode.RATING_OUT_OF_RANGE, ErrorCode.NOT_FOUND, *BODY_ERRORS, *AUTH_ERRORS
            ),
        },
        examples=[examples.SCORE, examples.RATING_WRITTEN],
    )


class RatingListView(FilmRowsView[Rating]):
    serializer_class = RatingOutput
    filter_backends = (DjangoFilterBackend,)
    filterset_class = RatingFilter
    # Tells the document's generator, which has no viewer, whose filters these are.
    queryset = Rating.objects.none()

    def get_queryset(self) -> QuerySet[Rating]:
        return Rating.objects.for_user(viewer_of(self.request)).newest_first()

    @extend_schema(
        tags=["ratings"],
        operation_id="rating_list",
        summary="List your ratings",
        responses={200: RatingOutput(many=True), **errors(*LIST_ERRORS, *AUTH_ERRORS)},
        examples=[examples.RATING_SHOWN],
    )
    def get(self, request: Request) -> Response:
        """List your ratings, most recently changed first unless `ordering` says otherwise."""
        return self.list(request)

    @extend_schema(
        tags=["ratings"],
        operation_id="rating_save",
        summary="Rate a film",
        request=RatingInput,
        responses={
            201: OpenApiResponse(RatingWrittenOutput, "Rated."),
            200: OpenApiResponse(RatingWrittenOutput, "Your earlier rating was replaced."),
            **errors(
                ErrorCode.RATING_OUT_OF_RANGE,
                ErrorCode.MOVIE_NOT_FOUND,
                *BODY_ERRORS,
                *AUTH_ERRORS,
            ),
        },
        examples=[
            examples.SCORE_BY_MOVIE_ID,
            examples.SCORE_BY_TMDB_ID,
            examples.RATING_WRITTEN,
        ],
    )
    def post(self, request: Request) -> Response:
        """Rate a film from 1 to 10; rating it again replaces the score."""
        body = RatingInput(data=request.data)
        body.is_valid(raise_exception=True)
        film = find_card(body.validated_data["film"])
        return rate(request, film, body.validated_data["score"])


def rate(request: Request, film: FilmCard, score: int) -> Response:
    with gone_rows_refused():
        saved = actions.rate_movie(
            user=viewer_of(request), movie_id=film.pk, score=score, at=timezone.now()
        )
    data = row_data(request, saved.rating, film, fields=RatingOutput.Meta.fields)
    return written(data, revision=saved.revision, created=saved.created)


def rating_data(request: Request, rating: Rating) -> dict[str, Any]:
    return read_row_data(request, rating, fields=RatingOutput.Meta.fields)


class RatingDetailView(APIView):
    @extend_schema(
        tags=["ratings"],
        operation_id="rating_detail",
        summary="Show one of your ratings",
        responses={
            200: RatingOutput,
            **errors(ErrorCode.UNKNOWN_PARAMETER, ErrorCode.NOT_FOUND, *AUTH_ERRORS),
        },
        examples=[examples.RATING_SHOWN],
    )
    def get(self, request: Request, pk: int) -> Response:
        """Show one of your ratings."""
        refuse_unknown_parameters(request, allowed=set())
        ratings = Rating.objects.for_user(viewer_of(request))
        with gone_rows_refused():
            rating = ratings.get(pk=pk)
        return Response(rating_data(request, rating))

    @_changing("rating_change", "Change a rating")
    def put(self, request: Request, pk: int) -> Response:
        """Replace the score of one of your ratings."""
        return self._change(request, pk)

    @_changing("rating_patch", "Change a rating's score")
    def patch(self, request: Request, pk: int) -> Response:
        """Replace the score of one of your ratings, as `PUT` does: there is nothing else to it."""
        return self._change(request, pk)

    def _change(self, request: Request, pk: int) -> Response:
        body = ScoreInput(data=request.data)
        body.is_valid(raise_exception=True)
        with gone_rows_refused():
            saved = actions.change_rating(
                user=viewer_of(request),
                rating_id=pk,
                score=body.validated_data["score"],
                at=timezone.now(),
            )
        data = rating_data(request, saved.rating)
        return written(data, revision=saved.revision, created=False)

    @extend_schema(
        tags=["ratings"],
        operation_id="rating_delete",
        summary="Delete a rating",
        responses={200: DELETED, **errors(ErrorCode.NOT_FOUND, *AUTH_ERRORS)},
        examples=[examples.REVISION],
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Delete one of your ratings."""
        with gone_rows_refused():
            revision = actions.delete_rating(
                user=viewer_of(request), rating_id=pk, at=timezone.now()
            )
        return Response({"taste_revision": revision})
