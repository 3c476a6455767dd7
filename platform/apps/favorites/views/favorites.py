from django.db.models import QuerySet
from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.errors import APIError, ErrorCode
from apps.core.parameters import refuse_unknown_parameters
from apps.core.schema import AUTH_ERRORS, BODY_ERRORS, LIST_ERRORS, errors
from apps.favorites import actions, examples
from apps.favorites.filters import FavoriteFilter
from apps.favorites.models import Favorite
from apps.favorites.refusals import gone_rows_refused
from apps.favorites.serializers.favorites import (
    FavoriteCheckOutput,
    FavoriteInput,
    FavoriteOutput,
    FavoriteWrittenOutput,
)
from apps.movies.models import Movie
from apps.movies.views.rows import FilmRowsView
from apps.users.requests import viewer_of

from .writing import DELETED, find_card, row_data, written


class FavoriteListView(FilmRowsView[Favorite]):
    serializer_class = FavoriteOutput
    filter_backends = (DjangoFilterBackend,)
    filterset_class = FavoriteFilter
    # Tells the document's generator, which has no viewer, whose filters these are.
    queryset = Favorite.objects.none()

    def get_queryset(self) -> QuerySet[Favorite]:
        return Favorite.objects.for_user(viewer_of(self.request)).newest_first()

    @extend_schema(
        tags=["favorites"],
        operation_id="favorite_list",
        summary="List your favourites",
        responses={200: FavoriteOutput(many=True), **errors(*LIST_ERRORS, *AUTH_ERRORS)},
        examples=[examples.FAVORITE_LISTED],
    )
    def get(self, request: Request) -> Response:
        """List your favourites, newest first unless `ordering` says otherwise."""
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
        film = find_card(body.validated_data["film"])
        with gone_rows_refused():
            added = actions.add_favorite(
                user=viewer_of(request), movie_id=film.pk, at=timezone.now()
            )
        data = row_data(request, added.favorite, film, fields=FavoriteOutput.Meta.fields)
        return written(data, revision=added.revision, created=added.created)


class FavoriteDetailView(APIView):
    @extend_schema(
        tags=["favorites"],
        operation_id="favorite_remove",
        summary="Remove a favourite",
        responses={200: DELETED, **errors(ErrorCode.NOT_FOUND, *AUTH_ERRORS)},
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
            **errors(ErrorCode.UNKNOWN_PARAMETER, ErrorCode.MOVIE_NOT_FOUND, *AUTH_ERRORS),
        },
        examples=[examples.CHECKED],
    )
    def get(self, request: Request, movie_id: int) -> Response:
        """Say whether a film is among your favourites, and as which one."""
        refuse_unknown_parameters(request, allowed=set())
        favorite = Favorite.objects.for_user(viewer_of(request)).filter(movie_id=movie_id).first()
        if favorite is None and not Movie.objects.filter(pk=movie_id).exists():
            raise APIError(ErrorCode.MOVIE_NOT_FOUND)
        return Response(
            {"is_favorite": favorite is not None, "favorite_id": favorite and favorite.pk}
        )
