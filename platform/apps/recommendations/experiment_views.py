"""Operators note down experiments, start and stop them, and read what was found."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_201_CREATED, HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT

from apps.core.errors import APIError, ErrorCode
from apps.core.parameters import refuse_unknown_parameters
from apps.core.permissions import StaffView
from apps.core.schema import AUTH_ERRORS, BODY_ERRORS, LIST_ERRORS, errors
from apps.movies.filter_fields import NoEmptyValuesForm
from apps.users.requests import viewer_of

from . import actions, experiment_examples
from .experiment_outputs import ExperimentListedOutput, ExperimentOutput
from .experiment_serializers import ExperimentInput, StopInput
from .models import Experiment

_STAFF_ERRORS = (ErrorCode.UNKNOWN_PARAMETER, *AUTH_ERRORS, ErrorCode.PERMISSION_DENIED)
_ROW_ERRORS = (ErrorCode.NOT_FOUND, *_STAFF_ERRORS)
_VIEW, _ADD, _CHANGE, _DELETE = (
    f"recommendations.{verb}_experiment" for verb in ("view", "add", "change", "delete")
)
_LOCATION = OpenApiParameter(
    "Location",
    OpenApiTypes.URI,
    OpenApiParameter.HEADER,
    response=[201],
    description="Where to read what is found.",
)


class ExperimentFilter(filters.FilterSet):  # type: ignore[misc]  # the library is untyped
    state = filters.ChoiceFilter(
        choices=Experiment.State.choices, help_text="At most one is `running`."
    )

    class Meta:
        model = Experiment
        form = NoEmptyValuesForm
        fields: list[str] = []


class ExperimentListView(StaffView, ListAPIView[Experiment]):
    serializer_class = ExperimentListedOutput
    filter_backends = (filters.DjangoFilterBackend,)
    filterset_class = ExperimentFilter
    permissions_needed = {"GET": _VIEW, "POST": _ADD}

    def get_queryset(self) -> QuerySet[Experiment]:
        return Experiment.objects.prefetch_related("variants").order_by("-pk")

    @extend_schema(
        tags=["operations"],
        operation_id="experiment_list",
        summary="List experiments",
        responses={200: ExperimentListedOutput(many=True), **errors(*LIST_ERRORS, *_STAFF_ERRORS)},
        examples=[experiment_examples.LISTED],
    )
    def get(self, request: Request) -> Response:
        """List the experiments, newest first. Needs `recommendations.view_experiment`."""
        return self.list(request)

    @extend_schema(
        tags=["operations"],
        operation_id="experiment_create",
        summary="Note down an experiment",
        request=ExperimentInput,
        parameters=[_LOCATION],
        responses={
            201: OpenApiResponse(ExperimentOutput, "It is a draft: nobody's list has changed."),
            **errors(*BODY_ERRORS, *_STAFF_ERRORS),
        },
        examples=[experiment_examples.BODY, experiment_examples.NOTED],
    )
    def post(self, request: Request) -> Response:
        """Note down an experiment: which part of the viewers is to read lists of which variant.

        Needs the permission `recommendations.add_experiment`. It begins with `start/`.
        """
        refuse_unknown_parameters(request, allowed=set())
        body = ExperimentInput(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            noted = _create(operator_id=viewer_of(request).pk, **body.validated_data)
        except actions.ExperimentRefusedError as error:
            text = f"{str(error)[:1].upper()}{str(error)[1:]}."
            raise ValidationError({error.field: [ErrorDetail(text, code="invalid")]}) from error
        address = request.build_absolute_uri(reverse("experiment-detail", args=[noted.name]))
        data = ExperimentOutput(noted).data
        return Response(data, status=HTTP_201_CREATED, headers={"Location": address})


class ExperimentDetailView(StaffView):
    permissions_needed = {"GET": _VIEW, "DELETE": _DELETE}

    @extend_schema(
        tags=["operations"],
        operation_id="experiment_detail",
        summary="Read what an experiment found",
        responses={200: ExperimentOutput, **errors(*_ROW_ERRORS)},
        examples=[experiment_examples.FOUND],
    )
    def get(self, request: Request, name: str) -> Response:
        """Show an experiment and its report, as of the last look. Workers look every night.

        Needs the permission `recommendations.view_experiment`.
        """
        refuse_unknown_parameters(request, allowed=set())
        return Response(ExperimentOutput(_found(name)).data)

    @extend_schema(
        tags=["operations"],
        operation_id="experiment_discard",
        summary="Discard a draft",
        responses={
            204: OpenApiResponse(description="It is gone, and its name is free."),
            **errors(ErrorCode.EXPERIMENT_STATE, *_ROW_ERRORS),
        },
    )
    def delete(self, request: Request, name: str) -> Response:
        """Remove an experiment that has not been started. Any other stays, with what it found.

        Needs the permission `recommendations.delete_experiment`.
        """
        refuse_unknown_parameters(request, allowed=set())
        experiment = _found(name)
        with _told():
            _discard(operator_id=viewer_of(request).pk, experiment=experiment)
        return Response(status=HTTP_204_NO_CONTENT)


class ExperimentStartView(StaffView):
    permissions_needed = {"GET": _VIEW, "POST": _CHANGE}

    @extend_schema(
        tags=["operations"],
        operation_id="experiment_start",
        summary="Start an experiment",
        request=None,
        responses={
            202: OpenApiResponse(ExperimentOutput, "It runs; workers build the lists for it."),
            **errors(ErrorCode.EXPERIMENT_STATE, *_ROW_ERRORS),
        },
        examples=[experiment_examples.STARTED],
    )
    def post(self, request: Request, name: str) -> Response:
        """Let a draft run, if no other experiment does. Everybody's lists are built anew for it.

        Needs the permission `recommendations.change_experiment`.
        """
        refuse_unknown_parameters(request, allowed=set())
        experiment = _found(name)
        with _told():
            _start(operator_id=viewer_of(request).pk, experiment=experiment)
        return Response(ExperimentOutput(_found(name)).data, status=HTTP_202_ACCEPTED)


class ExperimentStopView(StaffView):
    permissions_needed = {"GET": _VIEW, "POST": _CHANGE}

    @extend_schema(
        tags=["operations"],
        operation_id="experiment_stop",
        summary="Stop an experiment",
        request=StopInput,
        responses={
            202: OpenApiResponse(ExperimentOutput, "It has ended; workers build the usual lists."),
            **errors(ErrorCode.EXPERIMENT_STATE, *BODY_ERRORS, *_ROW_ERRORS),
        },
        examples=[experiment_examples.STOP, experiment_examples.STOPPED],
    )
    def post(self, request: Request, name: str) -> Response:
        """End a running experiment for good. A worker takes a last look, up to this moment.

        Needs the permission `recommendations.change_experiment`.
        """
        refuse_unknown_parameters(request, allowed=set())
        body = StopInput(data=request.data)
        body.is_valid(raise_exception=True)
        experiment = _found(name)
        with _told():
            _stop(operator_id=viewer_of(request).pk, experiment=experiment, **body.validated_data)
        return Response(ExperimentOutput(_found(name)).data, status=HTTP_202_ACCEPTED)


def _found(name: str) -> Experiment:
    experiment = Experiment.objects.prefetch_related("variants").filter(name=name).first()
    if experiment is None:
        raise APIError(ErrorCode.NOT_FOUND)
    return experiment


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except actions.ExperimentRefusedError as error:
        text = f"Nothing was done: {error}."
        raise APIError(ErrorCode.EXPERIMENT_STATE, text) from error


@transaction.atomic
def _create(*, operator_id: int, **fields: Any) -> Experiment:
    noted = actions.create_experiment(requested_by_id=operator_id, **fields)
    LogEntry.objects.log_actions(operator_id, [noted], ADDITION, "Noted down.")
    return noted


@transaction.atomic
def _start(*, operator_id: int, experiment: Experiment) -> None:
    actions.start_experiment(experiment_id=experiment.pk, at=timezone.now())
    LogEntry.objects.log_actions(operator_id, [experiment], CHANGE, "Started.")


@transaction.atomic
def _stop(*, operator_id: int, experiment: Experiment, reason: str) -> None:
    actions.stop_experiment(experiment_id=experiment.pk, at=timezone.now(), reason=reason)
    LogEntry.objects.log_actions(operator_id, [experiment], CHANGE, f"Stopped: {reason}")


@transaction.atomic
def _discard(*, operator_id: int, experiment: Experiment) -> None:
    actions.discard_experiment(experiment_id=experiment.pk)
    LogEntry.objects.log_actions(operator_id, [experiment], DELETION, "Discarded.")
