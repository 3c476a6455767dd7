from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import authenticate
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_204_NO_CONTENT

from apps.core.errors import APIError, ErrorCode
from apps.core.schema import AUTH_ERRORS, BODY_ERRORS, errors
from apps.users import examples
from apps.users.actions import sessions
from apps.users.models import User
from apps.users.requests import viewer_of
from apps.users.serializers.tokens import (
    LoginInput,
    RefreshInput,
    TokenInput,
    TokenPairOutput,
    VerifiedTokenOutput,
)
from apps.users.throttles import LoginThrottle
from apps.users.tokens import live_token, token_pair

from .base import AccountView, PublicAccountView, client_of


class LoginView(PublicAccountView):
    throttle_classes = (LoginThrottle,)

    @extend_schema(
        tags=["auth"],
        auth=[],
        operation_id="auth_login",
        summary="Log in",
        request=LoginInput,
        responses={
            200: OpenApiResponse(TokenPairOutput, "The tokens of a new session."),
            **errors(ErrorCode.INVALID_CREDENTIALS, *BODY_ERRORS),
        },
        examples=[examples.ACCOUNT, examples.TOKEN_PAIR],
    )
    def post(self, request: Request) -> Response:
        """Begin a session: exchange e-mail address and password for tokens."""
        body = LoginInput(data=request.data)
        body.is_valid(raise_exception=True)
        account = body.validated_data
        user = authenticate(request, username=account["email"], password=account["password"])
        if not isinstance(user, User):
            raise APIError(ErrorCode.INVALID_CREDENTIALS)
        session = sessions.open_session(user=user, client=client_of(request), at=timezone.now())
        return Response(TokenPairOutput(token_pair(session)).data)


class RefreshView(PublicAccountView):
    @extend_schema(
        tags=["auth"],
        auth=[],
        operation_id="auth_token_refresh",
        summary="Get new tokens",
        request=RefreshInput,
        responses={
            200: OpenApiResponse(TokenPairOutput, "New tokens of the same session."),
            **errors(ErrorCode.TOKEN_NOT_VALID, ErrorCode.TOKEN_REUSED, *BODY_ERRORS),
        },
        examples=[examples.REFRESH, examples.TOKEN_PAIR],
    )
    def post(self, request: Request) -> Response:
        """Exchange a refresh token, which is good for one exchange, for new tokens.

        Of several exchanges of one token at once, one succeeds; the others answer `token_reused`
        and change nothing. Ten seconds later `token_reused` also ends the session: somebody else
        may hold the token.
        """
        body = RefreshInput(data=request.data)
        body.is_valid(raise_exception=True)
        pair = sessions.rotate(refresh=body.validated_data["refresh"], at=timezone.now())
        return Response(TokenPairOutput(pair).data)


class VerifyView(PublicAccountView):
    @extend_schema(
        tags=["auth"],
        auth=[],
        operation_id="auth_token_verify",
        summary="Is this token good?",
        request=TokenInput,
        responses={
            200: OpenApiResponse(VerifiedTokenOutput, "It is good until then."),
            **errors(ErrorCode.TOKEN_NOT_VALID, *BODY_ERRORS),
        },
        examples=[examples.TOKEN, examples.VERIFIED_TOKEN],
    )
    def post(self, request: Request) -> Response:
        """Say whether an access or refresh token is good now, its session included."""
        body = TokenInput(data=request.data)
        body.is_valid(raise_exception=True)
        token = live_token(body.validated_data["token"], at=timezone.now())
        return Response(_verified(token.payload))


def _verified(claims: dict[str, Any]) -> dict[str, Any]:
    expires_at = datetime.fromtimestamp(claims["exp"], tz=UTC)
    data = {"token_type": claims["token_type"], "expires_at": expires_at}
    return VerifiedTokenOutput(data).data


class LogoutView(PublicAccountView):
    @extend_schema(
        tags=["auth"],
        auth=[],
        operation_id="auth_logout",
        summary="Log out",
        request=RefreshInput,
        responses={
            204: OpenApiResponse(description="The session has ended, or had ended before."),
            **errors(ErrorCode.TOKEN_NOT_VALID, *BODY_ERRORS),
        },
        examples=[examples.REFRESH],
    )
    def post(self, request: Request) -> Response:
        """End the session of a refresh token: none of its tokens is good any more.

        It needs no access token, which may have expired.
        """
        body = RefreshInput(data=request.data)
        body.is_valid(raise_exception=True)
        sessions.end_session_of(refresh=body.validated_data["refresh"])
        return Response(status=HTTP_204_NO_CONTENT)


class LogoutAllView(AccountView):
    @extend_schema(
        tags=["auth"],
        operation_id="auth_logout_all",
        summary="Log out everywhere",
        request=None,
        responses={
            204: OpenApiResponse(description="All your sessions have ended, this one too."),
            **errors(*AUTH_ERRORS),
        },
    )
    def post(self, request: Request) -> Response:
        """End all your sessions, also the one that asks.

        These are the sessions of the API. An operator who is signed in to the admin stays so: that
        ends with a new password, with deactivation, or after eight hours.
        """
        sessions.end_all_sessions(user=viewer_of(request))
        return Response(status=HTTP_204_NO_CONTENT)
