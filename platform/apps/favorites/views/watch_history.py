from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiResponse, PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.errors import APIError, ErrorCode
from apps.core.parameters import refuse_unknown_parameters
from apps.core.schema import AUTH_ERRORS, BODY_ERRORS, LIST_ERRORS, errors
from apps.favorites import actions, examples
from apps.favorites.filters import WatchHistoryFilter
from apps.favorites.models import Taste, WatchEntry
from apps.favorites.refusals import gone_rows_refused
from apps.favorites.serializers.watching import (
    WatchChangedOutput,
    WatchChangeInput,
    WatchEntryOutput,
    WatchInput,
    WatchNotRecordedOutput,
    WatchRecordedOutput,
)
from apps.movies.views.rows import FilmRowsView
from apps.users.requests import viewer_of

from .idempotency import PARAMETERS, Write, answered_once
from .writing import DELETED, FilmCard, find_card, read_row_data, row_data, written

_MOMENT_TAKEN = "You have another viewing of this film at this moment."


class WatchHistoryListView(FilmRowsView[WatchEntry]):
    serializer_class = WatchEntryOutput
    filter_backends = (DjangoFilterBackend,)
    filterset_class = WatchHistoryFilter
    # Tells the document's generator, which has no viewer, whose filters these are.
    queryset = WatchEntry.objects.none()

    def get_queryset(self) -> QuerySet[WatchEntry]:
        return WatchEntry.objects.for_user(viewer_of(self.request)).newest_first()

    @extend_schema(
        tags=["watch-history"],
        operation_id="watch_history_list",
        summary="List your viewings",
        responses={200: WatchEntryOutput(many=True), **errors(*LIST_ERRORS, *AUTH_ERRORS)},
        examples=[examples.WATCH_SHOWN],
    )
    def get(self, request: Request) -> Response:
        """List what you watched, newest first; viewings of unknown moment come last."""
        return self.list(request)

    @extend_schema(
        tags=["watch-history"],
        operation_id="watch_history_record",
        summary="Tell of a viewing",
        request=WatchInput,
        parameters=PARAMETERS,
        responses={
            201: OpenApiResponse(WatchRecordedOutput, "Recorded."),
            200: OpenApiResponse(
                PolymorphicProxySerializer(
                    component_name="WatchSavedOutput",
                    serializers=[WatchRecordedOutput, WatchNotRecordedOutput],
                    resource_type_field_name=None,
                ),
                "It was recorded already, and has the progress that you sent; or you are private "
                "and nothing is kept.",
            ),
            **errors(
                ErrorCode.MOVIE_NOT_FOUND,
                ErrorCode.CONFLICT,
                ErrorCode.IDEMPOTENCY_KEY_REUSED,
                *BODY_ERRORS,
                *AUTH_ERRORS,
            ),
        },
        examples=[
            examples.WATCHED_BY_MOVIE_ID,
            examples.WATCHED_BY_TMDB_ID,
            examples.WATCH_RECORDED,
            examples.WATCH_NOT_RECORDED,
        ],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Tell that you watched a film.

        The same moment sent again is the same viewing. Without a moment, each request is one
        viewing more.
        """
        at = timezone.now()
        return answered_once(request, at=at, prepare=lambda: _prepare(request, at=at))


def _prepare(request: Request, *, at: datetime) -> Write:
    body = WatchInput(data=request.data)
    body.is_valid(raise_exception=True)
    film = find_card(body.validated_data.pop("film"))
    return partial(_record, request, film, viewing=body.validated_data, at=at)


def _record(
    request: Request, film: FilmCard, *, viewing: Mapping[str, Any], at: datetime
) -> Response:
    viewer = viewer_of(request)
    saved = actions.record_viewing(
        user=viewer,
        movie_id=film.pk,
        watched_at=viewing.get("watched_at"),
        progress=viewing["progress"],
        at=at,
    )
    if saved is None:
        revision = Taste.objects.for_user(viewer).current_revision()
        return Response({"is_recorded": False, "taste_revision": revision})
    data = row_data(request, saved.entry, film, fields=WatchEntryOutput.Meta.fields)
    return written(data | {"is_recorded": True}, revision=saved.revision, created=saved.created)


def _entry_data(request: Request, entry: WatchEntry) -> dict[str, Any]:
    return read_row_data(request, entry, fields=WatchEntryOutput.Meta.fields)


class WatchHistoryDetailView(APIView):
    @extend_schema(
        tags=["watch-history"],
        operation_id="watch_history_detail",
        summary="Show one of your viewings",
        responses={
            200: WatchEntryOutput,
            **errors(ErrorCode.UNKNOWN_PARAMETER, ErrorCode.NOT_FOUND, *AUTH_ERRORS),
        },
        examples=[examples.WATCH_SHOWN],
    )
    def get(self, request: Request, pk: int) -> Response:
        """Show one of your viewings."""
        refuse_unknown_parameters(request, allowed=set())
        entries = WatchEntry.objects.for_user(viewer_of(request))
        with gone_rows_refused():
            entry = entries.get(pk=pk)
        return Response(_entry_data(request, entry))

    @extend_schema(
        tags=["watch-history"],
        operation_id="watch_history_change",
        summary="Change a viewing",
        request=WatchChangeInput,
        responses={
            200: OpenApiResponse(WatchChangedOutput, "Changed."),
            **errors(ErrorCode.NOT_FOUND, ErrorCode.CONFLICT, *BODY_ERRORS, *AUTH_ERRORS),
        },
        examples=[examples.WATCH_CHANGE, examples.WATCH_CHANGED],
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Change the moment or the progress of one of your viewings.

        The moment of another viewing of the film is refused. In a private session this works, too.
        """
        body = WatchChangeInput(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            with gone_rows_refused():
                saved = actions.change_viewing(
                    user=viewer_of(request),
                    entry_id=pk,
                    changes=body.validated_data,
                    at=timezone.now(),
                )
        except actions.MomentTakenError as error:
            raise APIError(ErrorCode.CONFLICT, _MOMENT_TAKEN) from error
        return written(_entry_data(request, saved.entry), revision=saved.revision, created=False)

    @extend_schema(
        tags=["watch-history"],
        operation_id="watch_history_delete",
        summary="Delete a viewing",
        responses={200: DELETED, **errors(ErrorCode.NOT_FOUND, *AUTH_ERRORS)},
        examples=[examples.REVISION],
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Delete one of your viewings. In a private session this works, too."""
        with gone_rows_refused():
            revision = actions.delete_viewing(
                user=viewer_of(request), entry_id=pk, at=timezone.now()
            )
        return Response({"taste_revision": revision})
