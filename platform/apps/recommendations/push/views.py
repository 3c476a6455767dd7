"""The operations of push. Both kinds of processes route them; only a push process opens streams."""

import re
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.status import HTTP_201_CREATED
from rest_framework.views import APIView

from apps.core.errors import APIError, ErrorCode
from apps.core.parameters import refuse_unknown_parameters
from apps.core.schema import AUTH_ERRORS, errors
from apps.recommendations import actions
from apps.recommendations.event_views import EventsView
from apps.recommendations.throttles import StreamThrottle
from apps.users.authentication import SessionAuthentication
from apps.users.requests import viewer_of

from . import examples
from .elsewhere import sent_elsewhere
from .opening import CONTENT_TYPE, Opening, StreamOpened
from .places import RETRY_AFTER_SECONDS, places
from .states import EVENT_ID, Keys, keys_of
from .tickets import PARAMETER as TICKET
from .tickets import TicketAuthentication

LAST_EVENT_ID = "last_event_id"
_EVENT_ID = re.compile(EVENT_ID)
_ID_SCHEMA = {"type": "string", "pattern": f"^{EVENT_ID}$", "maxLength": 320}
_PARAMETERS = [
    OpenApiParameter(
        TICKET,
        {"type": "string", "pattern": f"^{actions.TICKET_PATTERN}$"},
        description="Instead of the access token, for clients that cannot send headers.",
    ),
    OpenApiParameter(
        LAST_EVENT_ID,
        _ID_SCHEMA,
        description="As the header, for a first connect. The header goes before it.",
    ),
    OpenApiParameter(
        "Last-Event-ID",
        _ID_SCHEMA,
        OpenApiParameter.HEADER,
        description="The id of the last event that you got. What is no such id counts for nothing.",
    ),
]


class TicketOutput(serializers.Serializer[None]):
    ticket = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="In seconds.")
    url = serializers.URLField(help_text="Where the ticket opens a stream.")


class StreamView(EventsView):
    """`GET` opens a stream; `POST` is what it is of."""

    # Whether this is a push process.
    opens_streams = False

    def get_authenticators(self) -> list[BaseAuthentication]:
        ordinary = super().get_authenticators()
        if self._is_stream and (self.opens_streams or self._is_described):
            return [SessionAuthentication(), TicketAuthentication()]
        return ordinary

    def get_permissions(self) -> Sequence[Any]:
        # A web process cannot judge a ticket without using it up.
        if self._is_stream and not self.opens_streams and TICKET in self.request.GET:
            return [AllowAny()]
        return super().get_permissions()

    def perform_content_negotiation(self, request: Request, *args: Any, **options: Any) -> Any:
        """EventSource accepts streams only; what it is refused with is JSON all the same."""
        if request.method in ("GET", "HEAD"):
            renderer = self.get_renderers()[0]
            return renderer, renderer.media_type
        return super().perform_content_negotiation(request, *args, **options)

    @extend_schema(
        tags=["recommendations"],
        operation_id="recommendation_stream",
        summary="Be told of new lists",
        parameters=_PARAMETERS,
        responses={
            (200, CONTENT_TYPE): OpenApiResponse(
                OpenApiTypes.STR, "Server-Sent Events, until you or your session go."
            ),
            307: OpenApiResponse(None, "Asked of a web process that knows where to."),
            **errors(
                ErrorCode.INVALID,
                ErrorCode.UNKNOWN_PARAMETER,
                *AUTH_ERRORS,
                ErrorCode.TICKET_NOT_VALID,
                ErrorCode.PUSH_ELSEWHERE,
                ErrorCode.TOO_MANY_STREAMS,
                ErrorCode.STREAMS_FULL,
            ),
        },
        examples=[examples.STREAM],
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Stay connected, and be told when there is something new to read.

        `list`: you read another list now, your own after a write or everybody's after a night.
        `sync`: the catalogue was brought up to date. The first `list` event comes at once, unless
        you bring the id of the last event and nothing is newer. Between two events only the newest
        state counts: you may see one event for several lists. A comment comes every few seconds.

        This is answered by the push process, which has an address of its own or shares this one.
        """
        refuse_unknown_parameters(request, allowed={TICKET, LAST_EVENT_ID})
        if not self.opens_streams:
            return sent_elsewhere(request)
        known = _known(request)
        if request.method == "HEAD":
            return StreamOpened(None)
        user_id = viewer_of(request).pk
        try:
            places.take(user_id)
        except APIError:
            self.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
            raise
        return StreamOpened(Opening(user_id, request.auth.pk, known))

    @property
    def _is_stream(self) -> bool:
        return getattr(self.request, "method", None) in ("GET", "HEAD")

    @property
    def _is_described(self) -> bool:
        """Whether the document is being written, which is of both kinds of processes."""
        return bool(getattr(self, "swagger_fake_view", False))


class TicketView(APIView):
    throttle_classes = (StreamThrottle,)

    @extend_schema(
        tags=["recommendations"],
        operation_id="recommendation_stream_ticket",
        summary="Get a ticket for a stream",
        request=None,
        responses={
            201: OpenApiResponse(TicketOutput, "It opens one stream, once."),
            **errors(ErrorCode.UNKNOWN_PARAMETER, *AUTH_ERRORS),
        },
        examples=[examples.TICKET],
    )
    def post(self, request: Request) -> Response:
        """Get what opens a stream from a client that cannot send headers, such as EventSource.

        A ticket stands in an address, and addresses are written down in many places: so it opens
        one stream only, within 30 seconds.
        """
        refuse_unknown_parameters(request, allowed=set())
        session: Any = request.auth
        ticket = actions.issue_ticket(session=session, at=timezone.now())
        path = reverse("recommendation-events")
        base = settings.PUSH_URL + path if settings.PUSH_URL else request.build_absolute_uri(path)
        data = {
            "ticket": ticket.text,
            "expires_in": int(ticket.expires_in.total_seconds()),
            "url": f"{base}?{TICKET}={ticket.text}",
        }
        return Response(data, status=HTTP_201_CREATED, headers={"Cache-Control": "no-store"})


def _known(request: Request) -> Keys | None:
    header = request.headers.get("Last-Event-ID")
    if header is not None:
        return keys_of(header) if _EVENT_ID.fullmatch(header) else None
    text = request.query_params.get(LAST_EVENT_ID)
    if text is None:
        return None
    if not _EVENT_ID.fullmatch(text):
        message = "The id of an event of this stream."
        raise ValidationError({LAST_EVENT_ID: [ErrorDetail(message, code="invalid")]})
    return keys_of(text)
