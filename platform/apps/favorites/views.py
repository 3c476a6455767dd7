from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_200_OK, HTTP_201_CREATED
from rest_framework.views import APIView

from apps.core.errors import APIError, ErrorCode
from apps.core.schema import AUTH_ERRORS, BODY_ERRORS, LIST_ERRORS, errors
from apps.movies.models import Movie
from apps.users.requests import viewer_of

from . import actions, examples
from .models import Favorite, Rating
from .refusals import gone_rows_refused
from .serializers import (
    FavoriteCheckOutput,
    FavoriteInput,
    FavoriteOutput,
    FavoriteWrittenOutput,
    RatingInput,
    RatingOutput,
    RatingWrittenOutput,
    ScoreInput,
    TasteRevisionOutput,
)

_DELETED = OpenApiResponse(TasteRevisionOutput, "Deleted; the viewer's new Taste revision.")


def _find_movie(film: dict[str, int]) -> Movie:
    movie = Movie.objects.with_genres().filter(**film).first()
    if movie is None:
        raise APIError(ErrorCode.MOVIE_NOT_FOUND)
    return movie


def _written(data: dict[str, Any], *, revision: int, created: bool) -> Response:
    status = HTTP_201_CREATED if created else HTTP_200_OK
    return Response(data | {"taste_revision": revision}, status=status)


class FavoriteListView(ListAPIView[Favorite]):
    serializer_class = FavoriteOutput
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Favorite]:
        return Favorite.objects.for_user(viewer_of(self.request)).newest_first().with_movies()

    @extend_schema(
        tags=["favorites"],
        operation_id="favorite_list",
        summary="List your favourites",
        responses={200: FavoriteOutput(many=True), **errors(*LIST_ERRORS, *AUTH_ERRORS)},
        examples=[examples.FAVORITE_LISTED],
    )
    def get(self, request: Request) -> Response:
        """List your favourites, newest first."""
        return self.list(request)

    @extend_schema(
        tags=["favorites"],
        operation_id="favorite_add",
        summary="Add a favourite",
        request=FavoriteInput,
        responses={
            201: OpenApiResponse(FavoriteWrittenOutput, "Added."),
            200: OpenApiResponse(FavoriteWrittenOutput, "It was a favourite already."),
            **errors(ErrorCode.MOVIE_NOT_FOUND, *BODY_ERRORS, *AUTH_ERRORS),
        },
        examples=[examples.BY_MOVIE_ID, examples.BY_TMDB_ID, examples.FAVORITE_WRITTEN],
    )
    def post(self, request: Request) -> Response:
        """Add a film to your favourites."""
        body = FavoriteInput(data=request.data)
        body.is_valid(raise_exception=True)
        movie = _find_movie(body.validated_data["film"])
        with gone_rows_refused():
            added = actions.add_favorite(
                user=viewer_of(request), movie_id=movie.pk, at=timezone.now()
            )
        added.favorite.movie = movie
        data = FavoriteOutput(added.favorite).data
        return _written(data, revision=added.revision, created=added.created)


class FavoriteDetailView(APIView):
    @extend_schema(
        tags=["favorites"],
        operation_id="favorite_remove",
        summary="Remove a favourite",
        responses={200: _DELETED, **errors(ErrorCode.NOT_FOUND, *AUTH_ERRORS)},
        examples=[examples.REVISION],
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Remove a film from your favourites, by the favourite's own id."""
        with gone_rows_refused():
            revision = actions.remove_favorite(
                user=viewer_of(request), favorite_id=pk, at=timezone.now()
            )
        return Response({"taste_revision": revision})


class FavoriteCheckView(APIView):
    @extend_schema(
        tags=["favorites"],
        operation_id="favorite_check",
        summary="Is this film a favourite?",
        responses={
            200: FavoriteCheckOutput,
            **errors(ErrorCode.MOVIE_NOT_FOUND, *AUTH_ERRORS),
        },
        examples=[examples.CHECKED],
    )
    def get(self, request: Request, movie_id: int) -> Response:
        """Say whether a film is among your favourites, and as which one."""
        favorite = Favorite.objects.for_user(viewer_of(request)).filter(movie_id=movie_id).first()
        if favorite is None and not Movie.objects.filter(pk=movie_id).exists():
            raise APIError(ErrorCode.MOVIE_NOT_FOUND)
        return Response(
            {"is_favorite": favorite is not None, "favorite_id": favorite and favorite.pk}
        )


class RatingListView(ListAPIView[Rating]):
    serializer_class = RatingOutput
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Rating]:
        return Rating.objects.for_user(viewer_of(self.request)).newest_first().with_movies()

    @extend_schema(
        tags=["ratings"],
        operation_id="rating_list",
        summary="List your ratings",
        responses={200: RatingOutput(many=True), **errors(*LIST_ERRORS, *AUTH_ERRORS)},
        examples=[examples.RATING_SHOWN],
    )
    def get(self, request: Request) -> Response:
        """List your ratings, most recently changed first."""
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
        movie = _find_movie(body.validated_data["film"])
        with gone_rows_refused():
            saved = actions.rate_movie(
                user=viewer_of(request),
                movie_id=movie.pk,
                score=body.validated_data["score"],
                at=timezone.now(),
            )
        saved.rating.movie = movie
        data = RatingOutput(saved.rating).data
        return _written(data, revision=saved.revision, created=saved.created)


class RatingDetailView(APIView):
    @extend_schema(
        tags=["ratings"],
        operation_id="rating_detail",
        summary="Show one of your ratings",
        responses={200: RatingOutput, **errors(ErrorCode.NOT_FOUND, *AUTH_ERRORS)},
        examples=[examples.RATING_SHOWN],
    )
    def get(self, request: Request, pk: int) -> Response:
        """Show one of your ratings."""
        ratings = Rating.objects.for_user(viewer_of(request)).with_movies()
        with gone_rows_refused():
            rating = ratings.get(pk=pk)
        return Response(RatingOutput(rating).data)

    @extend_schema(
        tags=["ratings"],
        operation_id="rating_change",
        summary="Change a rating",
        request=ScoreInput,
        responses={
            200: OpenApiResponse(RatingWrittenOutput, "Changed."),
            **errors(
                ErrorCode.RATING_OUT_OF_RANGE, ErrorCode.NOT_FOUND, *BODY_ERRORS, *AUTH_ERRORS
            ),
        },
        examples=[examples.SCORE, examples.RATING_WRITTEN],
    )
    def put(self, request: Request, pk: int) -> Response:
        """Replace the score of one of your ratings."""
        body = ScoreInput(data=request.data)
        body.is_valid(raise_exception=True)
        with gone_rows_refused():
            saved = actions.change_rating(
                user=viewer_of(request),
                rating_id=pk,
                score=body.validated_data["score"],
                at=timezone.now(),
            )
        return _written(RatingOutput(saved.rating).data, revision=saved.revision, created=False)

    @extend_schema(
        tags=["ratings"],
        operation_id="rating_delete",
        summary="Delete a rating",
        responses={200: _DELETED, **errors(ErrorCode.NOT_FOUND, *AUTH_ERRORS)},
        examples=[examples.REVISION],
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Delete one of your ratings."""
        with gone_rows_refused():
            revision = actions.delete_rating(
                user=viewer_of(request), rating_id=pk, at=timezone.now()
            )
        return Response({"taste_revision": revision})
