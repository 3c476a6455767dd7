"""Who opens a stream by a ticket: EventSource sends no headers, so it stands in the address."""

import re
from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from apps.core.errors import APIError, ErrorCode
from apps.recommendations import actions
from apps.users.models import Session, User

PARAMETER = "ticket"
_TICKET = re.compile(actions.TICKET_PATTERN)


class TicketAuthentication(BaseAuthentication):
    """Takes `?ticket=`, and uses it up; `request.auth` is the Session that it was issued to."""

    def authenticate(self, request: Request) -> tuple[User, Session] | None:
        text = request.query_params.get(PARAMETER)
        if text is None:
            return None
        session = None
        if _TICKET.fullmatch(text):
            session = actions.use_ticket(text=text, at=timezone.now())
        if session is None:
            raise APIError(ErrorCode.TICKET_NOT_VALID)
        return session.user, session


class TicketAuthenticationScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "apps.recommendations.push.tickets.TicketAuthentication"
    name = "streamTicket"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:  # noqa: ARG002
        return {
            "type": "apiKey",
            "in": "query",
            "name": PARAMETER,
            "description": "The ticket of `POST /api/v1/recommendations/events/ticket/`. It opens "
            "one stream, once, within 30 seconds, and ends with its session.",
        }
