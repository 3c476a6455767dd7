from typing import Any

from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.client_address import address_of
from apps.users.actions.sessions import Client
from apps.users.models import MAX_USER_AGENT_LENGTH


class AccountView(APIView):
    """Its answers hold tokens or personal data: nobody on the way may keep them (RFC 6749, 5.1)."""

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        finalized = super().finalize_response(request, response, *args, **kwargs)
        finalized["Cache-Control"] = "no-store"
        return finalized


class PublicAccountView(AccountView):
    """An expired token in the header must not keep anyone from getting a new one."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


def client_of(request: Request) -> Client:
    device = request.headers.get("User-Agent", "")[:MAX_USER_AGENT_LENGTH].replace("\x00", "")
    return Client(device=device, ip_address=address_of(request))
