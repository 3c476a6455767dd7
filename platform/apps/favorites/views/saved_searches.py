from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_201_CREATED, HTTP_204_NO_CONTENT
from rest_framework.views import APIView

from apps.core.errors import APIError, ErrorCode
from apps.core.parameters import refuse_unknown_parameters
from apps.core.schema import AUTH_ERRORS, BODY_ERRORS, LIST_ERRORS, errors
from apps.core.serializers import InputSerializer
from apps.favorites import actions
from apps.favorites import saved_search_examples as examples
from apps.favorites.models import SavedSearch
from apps.favorites.refusals import gone_rows_refused
from apps.favorites.serializers.saved_searches import (
    SavedSearchChangeInput,
    SavedSearchInput,
    SavedSearchOutput,
)
from apps.users.requests import viewer_of

from .idempotency import PARAMETERS, Write, answered_once

_NAME_TAKEN = "You have a saved search of this name."


class SavedSearchListView(ListAPIView[SavedSearch]):
    serializer_class = SavedSearchOutput
    # Tells the document's generator, which has no viewer, whose rows these are.
    queryset = SavedSearch.objects.none()

    def get_queryset(self) -> QuerySet[SavedSearch]:
        return SavedSearch.objects.for_user(viewer_of(self.request)).newest_first()

    @extend_schema(
        tags=["saved-searches"],
        operation_id="saved_search_list",
        summary="List your saved searches",
        responses={200: SavedSearchOutput(many=True), **errors(*LIST_ERRORS, *AUTH_ERRORS)},
        examples=[examples.SHOWN],
    )
    def get(self, request: Request) -> Response:
        """List what you keep to list and search films by, newest first."""
        return self.list(request)

    @extend_schema(
        tags=["saved-searches"],
        operation_id="saved_search_add",
        summary="Save a search",
        request=SavedSearchInput,
        parameters=PARAMETERS,
        responses={
            201: OpenApiResponse(SavedSearchOutput, "Saved."),
            **errors(
                ErrorCode.SAVED_SEARCHES_FULL,
                ErrorCode.CONFLICT,
                ErrorCode.IDEMPOTENCY_KEY_REUSED,
                *BODY_ERRORS,
                *AUTH_ERRORS,
            ),
        },
        examples=[examples.LIST, examples.SEARCH, examples.SAVED],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Keep what you list or search films by, under a name that no other one of yours has.

        You may keep 100.
        """
        return answered_once(request, at=timezone.now(), prepare=lambda: _prepare(request))


def _prepare(request: Request) -> Write:
    return partial(_save, request, _valid(SavedSearchInput, request))


def _save(request: Request, asked: Mapping[str, Any]) -> Response:
    with _refusals():
        search = actions.save_search(user=viewer_of(request), **asked)
    return Response(SavedSearchOutput(search).data, status=HTTP_201_CREATED)


def _valid(serializer: type[InputSerializer], request: Request) -> Any:
    body = serializer(data=request.data, context={"own_region": viewer_of(request).region})
    body.is_valid(raise_exception=True)
    return body.validated_data


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except actions.SearchNameTakenError as error:
        raise ValidationError({"name": [ErrorDetail(_NAME_TAKEN, code="invalid")]}) from error
    except actions.SavedSearchesFullError as error:
        raise APIError(ErrorCode.SAVED_SEARCHES_FULL) from error


class SavedSearchDetailView(APIView):
    @extend_schema(
        tags=["saved-searches"],
        operation_id="saved_search_detail",
        summary="Show one of your saved searches",
        responses={
            200: SavedSearchOutput,
            **errors(ErrorCode.UNKNOWN_PARAMETER, ErrorCode.NOT_FOUND, *AUTH_ERRORS),
        },
        examples=[examples.SHOWN],
    )
    def get(self, request: Request, pk: int) -> Response:
        """Show one of your saved searches. Its address may be refused by now: genres may go."""
        refuse_unknown_parameters(request, allowed=set())
        with gone_rows_refused():
            search = SavedSearch.objects.for_user(viewer_of(request)).get(pk=pk)
        return Response(SavedSearchOutput(search).data)

    @extend_schema(
        tags=["saved-searches"],
        operation_id="saved_search_change",
        summary="Change a saved search",
        request=SavedSearchChangeInput,
        responses={
            200: OpenApiResponse(SavedSearchOutput, "Changed."),
            **errors(ErrorCode.NOT_FOUND, *BODY_ERRORS, *AUTH_ERRORS),
        },
        examples=[examples.NAME, examples.CHANGED],
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Change the name or the parameters, which take the place of all that were there."""
        changes = _valid(SavedSearchChangeInput, request)
        with gone_rows_refused(), _refusals():
            search = actions.change_saved_search(
                user=viewer_of(request), search_id=pk, changes=changes
            )
        return Response(SavedSearchOutput(search).data)

    @extend_schema(
        tags=["saved-searches"],
        operation_id="saved_search_delete",
        summary="Delete a saved search",
        responses={
            204: OpenApiResponse(description="It is gone, and its name is free."),
            **errors(ErrorCode.NOT_FOUND, *AUTH_ERRORS),
        },
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Delete one of your saved searches."""
        with gone_rows_refused():
            actions.delete_saved_search(user=viewer_of(request), search_id=pk)
        return Response(status=HTTP_204_NO_CONTENT)
