"""Operators have lists built, look at what they differ in, publish them and go back."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_202_ACCEPTED

from apps.core.errors import APIError, ErrorCode
from apps.core.parameters import refuse_unknown_parameters
from apps.core.permissions import StaffView
from apps.core.schema import AUTH_ERRORS, BODY_ERRORS, LIST_ERRORS, errors
from apps.core.serializers import InputSerializer
from apps.users.requests import viewer_of

from . import generation_examples, generation_flips, publishing
from .generation_filters import GenerationFilter
from .generation_progress import with_shards_done
from .generation_serializers import (
    GenerationInput,
    GenerationOutput,
    PublishInput,
    RollBackInput,
    RolledBackOutput,
)
from .models import Generation

_STAFF_ERRORS = (*AUTH_ERRORS, ErrorCode.PERMISSION_DENIED)
_BODY_ERRORS = (ErrorCode.UNKNOWN_PARAMETER, *BODY_ERRORS, *_STAFF_ERRORS)
_FLIP_ERRORS = (
    ErrorCode.GENERATION_NOT_PUBLISHABLE,
    ErrorCode.ACTIVE_GENERATION_CHANGED,
    ErrorCode.UNAVAILABLE,
    *_BODY_ERRORS,
)
_VIEW, _ADD, _CHANGE = (f"recommendations.{verb}_generation" for verb in ("view", "add", "change"))
_LOCATION = OpenApiParameter(
    "Location",
    OpenApiTypes.URI,
    OpenApiParameter.HEADER,
    response=[202],
    description="Where to watch it.",
)


class GenerationListView(StaffView, ListAPIView[Generation]):
    serializer_class = GenerationOutput
    filter_backends = (DjangoFilterBackend,)
    filterset_class = GenerationFilter
    permissions_needed = {"GET": _VIEW, "POST": _ADD}

    def get_queryset(self) -> QuerySet[Generation]:
        return with_shards_done(Generation.objects.order_by("-pk"))

    @extend_schema(
        tags=["operations"],
        operation_id="generation_list",
        summary="List generations",
        responses={200: GenerationOutput(many=True), **errors(*LIST_ERRORS, *_STAFF_ERRORS)},
        examples=[generation_examples.SHOWN],
    )
    def get(self, request: Request) -> Response:
        """List the generations of lists, newest first.

        Needs the permission `recommendations.view_generation`.
        """
        return self.list(request)

    @extend_schema(
        tags=["operations"],
        operation_id="generation_request",
        summary="Have lists built",
        request=GenerationInput,
        parameters=[_LOCATION],
        responses={
            202: OpenApiResponse(GenerationOutput, "It is asked for; workers build it."),
            **errors(ErrorCode.MODEL_NOT_READY, ErrorCode.GENERATION_OPEN, *_BODY_ERRORS),
        },
        examples=[*generation_examples.REQUESTS, generation_examples.ASKED],
    )
    def post(self, request: Request) -> Response:
        """Have the lists of all viewers built with a model.

        Needs the permission `recommendations.add_generation`.
        """
        body = _read(GenerationInput, request)
        generation = generation_flips.request_lists(
            operator_id=viewer_of(request).pk,
            publish=body["publish"],
            model_version_id=body.get("model_version"),
        )
        address = reverse("generation-detail", args=[generation.pk])
        headers = {"Location": request.build_absolute_uri(address)}
        data = GenerationOutput(_found(generation.pk)).data
        return Response(data, status=HTTP_202_ACCEPTED, headers=headers)


class GenerationDetailView(StaffView):
    permissions_needed = {"GET": _VIEW, "DELETE": _CHANGE}

    @extend_schema(
        tags=["operations"],
        operation_id="generation_detail",
        summary="Watch a generation",
        responses={
            200: GenerationOutput,
            **errors(ErrorCode.UNKNOWN_PARAMETER, ErrorCode.NOT_FOUND, *_STAFF_ERRORS),
        },
        examples=[generation_examples.SHOWN],
    )
    def get(self, request: Request, pk: int) -> Response:
        """Show how far a generation is, and what its lists differ in from those that are read.

        Needs the permission `recommendations.view_generation`.
        """
        refuse_unknown_parameters(request, allowed=set())
        return Response(GenerationOutput(_found(pk)).data)

    @extend_schema(
        tags=["operations"],
        operation_id="generation_cancel",
        summary="Cancel a generation",
        responses={
            200: OpenApiResponse(GenerationOutput, "Cancelled. Its lists are removed in a day."),
            **errors(
                ErrorCode.UNKNOWN_PARAMETER,
                ErrorCode.NOT_FOUND,
                ErrorCode.GENERATION_ENDED,
                *_STAFF_ERRORS,
            ),
        },
        examples=[generation_examples.CANCELLED],
    )
    def delete(self, request: Request, pk: int) -> Response:
        """End the building of a generation, or discard one that nobody has read.

        Needs the permission `recommendations.change_generation`.
        """
        refuse_unknown_parameters(request, allowed=set())
        generation_flips.cancel(operator_id=viewer_of(request).pk, generation=_found(pk))
        return Response(GenerationOutput(_found(pk)).data)


class GenerationPublishView(StaffView):
    permissions_needed = {"GET": _VIEW, "POST": _CHANGE}

    @extend_schema(
        tags=["operations"],
        operation_id="generation_publish",
        summary="Publish a generation",
        request=PublishInput,
        responses={
            200: OpenApiResponse(GenerationOutput, "Everybody reads it now."),
            **errors(ErrorCode.NOT_FOUND, *_FLIP_ERRORS),
        },
        examples=[generation_examples.EXPECTED, generation_examples.PUBLISHED],
    )
    def post(self, request: Request, pk: int) -> Response:
        """Let everybody read a generation whose lists are built, whatever its `refusal` says.

        Needs the permission `recommendations.change_generation`.
        """
        body = _read(PublishInput, request)
        generation_flips.publish(
            operator_id=viewer_of(request).pk,
            generation=_found(pk),
            expected_active=body.get("expected_active", publishing.ANY),
        )
        return Response(GenerationOutput(_found(pk)).data)


class GenerationRollBackView(StaffView):
    permissions_needed = {"GET": _VIEW, "POST": _CHANGE}

    @extend_schema(
        tags=["operations"],
        operation_id="generation_roll_back",
        summary="Roll back",
        request=RollBackInput,
        responses={
            200: OpenApiResponse(RolledBackOutput, "Everybody reads it now."),
            **errors(*_FLIP_ERRORS),
        },
        examples=[*generation_examples.RETURNS, generation_examples.RETURNED],
    )
    def post(self, request: Request) -> Response:
        """Let everybody read a generation again that was active before.

        What is being trained or built is not published by itself any more. Needs the permission
        `recommendations.change_generation`.
        """
        body = _read(RollBackInput, request)
        rolled_back = generation_flips.roll_back(
            operator_id=viewer_of(request).pk,
            generation_id=body.get("generation"),
            expected_active=body.get("expected_active", publishing.ANY),
        )
        found: Any = _found(rolled_back.generation.pk)
        found.held_back = {
            "model_versions": [row.pk for row in rolled_back.held_back.versions],
            "generations": [row.pk for row in rolled_back.held_back.generations],
        }
        return Response(RolledBackOutput(found).data)


def _read(serializer: type[InputSerializer], request: Request) -> dict[str, Any]:
    refuse_unknown_parameters(request, allowed=set())
    body = serializer(data=request.data)
    body.is_valid(raise_exception=True)
    validated: dict[str, Any] = body.validated_data
    return validated


def _found(pk: int) -> Generation:
    generation = with_shards_done(Generation.objects.filter(pk=pk)).first()
    if generation is None:
        raise APIError(ErrorCode.NOT_FOUND)
    return generation
