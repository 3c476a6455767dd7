"""Operators ask for syncs, watch and cancel them. What they do is in the audit trail."""

from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_202_ACCEPTED

from apps.core.errors import APIError, ErrorCode
from apps.core.parameters import refuse_unknown_parameters
from apps.core.permissions import StaffView
from apps.core.schema import AUTH_ERRORS, BODY_ERRORS, LIST_ERRORS, errors
from apps.users.requests import viewer_of

from . import actions, ops_examples
from .models import SyncRun
from .ops_filters import SyncRunFilter
from .ops_listings import with_short_scopes
from .ops_serializers import (
    SyncRequestedOutput,
    SyncRunInput,
    SyncRunListedOutput,
    SyncRunOutput,
)

_STAFF_ERRORS = (*AUTH_ERRORS, ErrorCode.PERMISSION_DENIED)
_LOCATION = OpenApiParameter(
    "Location",
    OpenApiTypes.URI,
    OpenApiParameter.HEADER,
    response=[202],
    description="Where to watch the sync.",
)


class SyncRunListView(StaffView, ListAPIView[SyncRun]):
    serializer_class = SyncRunListedOutput
    filter_backends = (DjangoFilterBackend,)
    filterset_class = SyncRunFilter
    permissions_needed = {"GET": "movies.view_syncrun", "POST": "movies.add_syncrun"}

    def get_queryset(self) -> QuerySet[SyncRun]:
        return with_short_scopes(SyncRun.objects.order_by("-pk"))

    @extend_schema(
        tags=["operations"],
        operation_id="sync_run_list",
        summary="List syncs",
        responses={200: SyncRunListedOutput(many=True), **errors(*LIST_ERRORS, *_STAFF_ERRORS)},
        examples=[ops_examples.SHOWN],
    )
    def get(self, request: Request) -> Response:
        """List the syncs with TMDb, newest first. Needs the permission `movies.view_syncrun`."""
        return self.list(request)

    @extend_schema(
        tags=["operations"],
        operation_id="sync_run_request",
        summary="Ask for a sync",
        request=SyncRunInput,
        parameters=[_LOCATION],
        responses={
            202: OpenApiResponse(SyncRequestedOutput, "It is asked for; workers do it."),
            **errors(
                ErrorCode.UNKNOWN_PARAMETER,
                ErrorCode.TMDB_NOT_CONFIGURED,
                *BODY_ERRORS,
                *_STAFF_ERRORS,
            ),
        },
        examples=[*ops_examples.BODIES, ops_examples.ASKED],
    )
    def post(self, request: Request) -> Response:
        """Ask for a sync with TMDb. One of a kind is open at a time: who asks again joins it.

        Needs the permission `movies.add_syncrun`.
        """
        refuse_unknown_parameters(request, allowed=set())
        body = SyncRunInput(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            asked = _ask(operator_id=viewer_of(request).pk, **body.validated_data)
        except actions.NotConfiguredError as error:
            raise APIError(ErrorCode.TMDB_NOT_CONFIGURED) from error
        except actions.TooManyTitlesError as error:
            text = f"Together with the open sync: {error}."
            raise ValidationError({"tmdb_ids": [ErrorDetail(text, code="invalid")]}) from error
        data = SyncRunOutput(asked.run).data | {"joined": asked.joined}
        address = reverse("sync-run-detail", args=[asked.run.pk])
        headers = {"Location": request.build_absolute_uri(address)}
        return Response(data, status=HTTP_202_ACCEPTED, headers=headers)


class SyncRunDetailView(StaffView):
    permissions_needed = {"GET": "movies.view_syncrun", "DELETE": "movies.change_syncrun"}

    @extend_schema(
        tags=["operations"],
        operation_id="sync_run_detail",
        summary="Watch a sync",
        responses={
            200: SyncRunOutput,
            **errors(ErrorCode.UNKNOWN_PARAMETER, ErrorCode.NOT_FOUND, *_STAFF_ERRORS),
        },
        examples=[ops_examples.SHOWN],
    )
    def get(self, request: Request, pk: int) -> Response:
        """Show how far a sync is. Needs the permission `movies.view_syncrun`."""
        refuse_unknown_parameters(request, allowed=set())
        return Response(SyncRunOutput(_found(pk)).data)

    @extend_schema(
        tags=["operations"],
        operation_id="sync_run_cancel",
        summary="Cancel a sync",
        responses={
            200: OpenApiResponse(SyncRunOutput, "Cancelled. What it has stored stays."),
            **errors(
                ErrorCode.UNKNOWN_PARAMETER,
                ErrorCode.NOT_FOUND,
                ErrorCode.SYNC_RUN_ENDED,
                *_STAFF_ERRORS,
            ),
        },
        examples=[ops_examples.CANCELLED],
    )
    def delete(self, request: Request, pk: int) -> Response:
        """End a sync that waits or goes on. Needs the permission `movies.change_syncrun`."""
        refuse_unknown_parameters(request, allowed=set())
        run = _found(pk)
        try:
            cancelled = _cancel(operator_id=viewer_of(request).pk, run=run)
        except actions.NotOpenError as error:
            raise APIError(ErrorCode.SYNC_RUN_ENDED) from error
        return Response(SyncRunOutput(cancelled).data)


def _found(pk: int) -> SyncRun:
    run = SyncRun.objects.filter(pk=pk).first()
    if run is None:
        raise APIError(ErrorCode.NOT_FOUND)
    return run


@transaction.atomic
def _ask(*, operator_id: int, kind: str, scope: dict[str, Any]) -> actions.SyncRequest:
    actions.require_credential()
    asked = actions.request_sync(
        kind=kind,
        scope=scope,
        priority=SyncRun.Priority.ADMIN,
        requested_by_id=operator_id,
    )
    flag, text = (CHANGE, "Asked for again.") if asked.joined else (ADDITION, "Asked for.")
    LogEntry.objects.log_actions(operator_id, [asked.run], flag, text)
    return asked


@transaction.atomic
def _cancel(*, operator_id: int, run: SyncRun) -> SyncRun:
    cancelled = actions.cancel_sync(sync_run_id=run.pk, at=timezone.now())
    LogEntry.objects.log_actions(operator_id, [cancelled], CHANGE, "Cancelled.")
    return cancelled
