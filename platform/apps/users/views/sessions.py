from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_204_NO_CONTENT

from apps.core.errors import APIError, ErrorCode
from apps.core.schema import AUTH_ERRORS, LIST_ERRORS, errors
from apps.users import examples
from apps.users.actions import sessions
from apps.users.models import Session
from apps.users.requests import viewer_of
from apps.users.serializers.tokens import SessionOutput

from .base import AccountView


class SessionListView(AccountView, ListAPIView[Session]):
    serializer_class = SessionOutput
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Session]:
        own = Session.objects.for_user(viewer_of(self.request))
        return own.live(at=timezone.now()).newest_first()

    @extend_schema(
        tags=["auth"],
        operation_id="auth_session_list",
        summary="List your sessions",
        responses={200: SessionOutput(many=True), **errors(*LIST_ERRORS, *AUTH_ERRORS)},
        examples=[examples.SESSION],
    )
    def get(self, request: Request) -> Response:
        """List where you are logged in, the session that was seen last first."""
        return self.list(request)


class SessionDetailView(AccountView):
    @extend_schema(
        tags=["auth"],
        operation_id="auth_session_revoke",
        summary="End a session",
        responses={
            204: OpenApiResponse(description="None of its tokens is good any more."),
            **errors(ErrorCode.NOT_FOUND, *AUTH_ERRORS),
        },
    )
    def delete(self, request: Request, pk: UUID, **_: Any) -> Response:
        """End one of your sessions, such as that of a lost phone."""
        try:
            sessions.end_own_session(user=viewer_of(request), session_id=pk)
        except Session.DoesNotExist as error:
            raise APIError(ErrorCode.NOT_FOUND) from error
        return Response(status=HTTP_204_NO_CONTENT)
