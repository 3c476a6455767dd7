from django.db.models import QuerySet
from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.errors import ErrorCode
from apps.core.schema import AUTH_ERRORS, BODY_ERRORS, LIST_ERRORS, errors
from apps.favorites import actions, examples
from apps.favorites.filters import WatchlistFilter
from apps.favorites.models import WatchlistEntry
from apps.favorites.refusals import gone_rows_refused
from apps.favorites.serializers.watchlist import (
    WatchlistEntryOutput,
    WatchlistInput,
    WatchlistWrittenOutput,
)
from apps.movies.views.rows import FilmRowsView
from apps.users.requests import viewer_of

from .writing import DELETED, find_card, row_data, written


class WatchlistListView(FilmRowsView[WatchlistEntry]):
    serializer_class = WatchlistEntryOutput
    filter_backends = (DjangoFilterBackend,)
    filterset_class = WatchlistFilter
    # Tells the document's generator, which has no viewer, whose filters these are.
    queryset = WatchlistEntry.objects.none()

    def get_queryset(self) -> QuerySet[WatchlistEntry]:
        return WatchlistEntry.objects.for_user(viewer_of(self.request)).newest_first()

    @extend_schema(
        tags=["watchlist"],
        operation_id="watchlist_list",
        summary="List your watchlist",
        responses={200: WatchlistEntryOutput(many=True), **errors(*LIST_ERRORS, *AUTH_ERRORS)},
        examples=[examples.WATCHLIST_SHOWN],
    )
    def get(self, request: Request) -> Response:
        """List the films that you mean to watch, newest first."""
        return self.list(request)

    @extend_schema(
        tags=["watchlist"],
        operation_id="watchlist_add",
        summary="Add to your watchlist",
        request=WatchlistInput,
        responses={
            201: OpenApiResponse(WatchlistWrittenOutput, "Added."),
            200: OpenApiResponse(WatchlistWrittenOutput, "It was on the watchlist already."),
            **errors(ErrorCode.MOVIE_NOT_FOUND, *BODY_ERRORS, *AUTH_ERRORS),
        },
        examples=[examples.BY_MOVIE_ID, examples.BY_TMDB_ID, examples.WATCHLIST_WRITTEN],
    )
    def post(self, request: Request) -> Response:
        """Put a film on your watchlist."""
        body = WatchlistInput(data=request.data)
        body.is_valid(raise_exception=True)
        film = find_card(body.validated_data["film"])
        with gone_rows_refused():
            added = actions.add_to_watchlist(
                user=viewer_of(request), movie_id=film.pk, at=timezone.now()
            )
        data = row_data(request, added.entry, film, fields=WatchlistEntryOutput.Meta.fields)
        return written(data, revision=added.revision, created=added.created)


class WatchlistDetailView(APIView):
    @extend_schema(
        tags=["watchlist"],
        operation_id="watchlist_remove",
        summary="Remove from your watchlist",
        responses={200: DELETED, **errors(ErrorCode.NOT_FOUND, *AUTH_ERRORS)},
        examples=[examples.REVISION],
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Take a film off your watchlist, by the entry's own id."""
        with gone_rows_refused():
            revision = actions.remove_from_watchlist(
                user=viewer_of(request), entry_id=pk, at=timezone.now()
            )
        return Response({"taste_revision": revision})
