from django.contrib.auth import authenticate
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_201_CREATED
from rest_framework.views import APIView

from apps.core.errors import APIError, ErrorCode
from apps.core.schema import BODY_ERRORS, errors

from . import actions
from .models import User
from .serializers import (
    AccessOutput,
    LoginInput,
    RefreshInput,
    RegisterInput,
    TokensOutput,
    UserOutput,
)
from .tokens import access_from, issue_tokens

_ACCOUNT = {"email": "ada@example.com", "password": "correct horse battery staple"}
_ACCESS = {"access": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.…"}
_REFRESH = {"refresh": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.…"}


class PublicView(APIView):
    """An expired token in the header must not keep anyone from getting a new one."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class RegisterView(PublicView):
    @extend_schema(
        tags=["auth"],
        auth=[],
        operation_id="auth_register",
        summary="Create an account",
        request=RegisterInput,
        responses={
            201: OpenApiResponse(UserOutput, "The new account."),
            **errors(ErrorCode.EMAIL_TAKEN, *BODY_ERRORS),
        },
        examples=[
            OpenApiExample("account", value=_ACCOUNT, request_only=True),
            OpenApiExample(
                "registered",
                value={"id": 7, "email": "ada@example.com", "display_name": ""},
                response_only=True,
                status_codes=["201"],
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """Create an account. Addresses differ in more than the case of their letters."""
        body = RegisterInput(data=request.data)
        body.is_valid(raise_exception=True)
        user = actions.register_user(**body.validated_data)
        return Response(UserOutput(user).data, status=HTTP_201_CREATED)


class LoginView(PublicView):
    @extend_schema(
        tags=["auth"],
        auth=[],
        operation_id="auth_login",
        summary="Log in",
        request=LoginInput,
        responses={
            200: OpenApiResponse(TokensOutput, "An access and a refresh token."),
            **errors(ErrorCode.INVALID_CREDENTIALS, *BODY_ERRORS),
        },
        examples=[
            OpenApiExample("account", value=_ACCOUNT, request_only=True),
            OpenApiExample(
                "tokens", value=_ACCESS | _REFRESH, response_only=True, status_codes=["200"]
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """Exchange e-mail address and password for tokens."""
        body = LoginInput(data=request.data)
        body.is_valid(raise_exception=True)
        account = body.validated_data
        user = authenticate(request, username=account["email"], password=account["password"])
        if not isinstance(user, User):
            raise APIError(ErrorCode.INVALID_CREDENTIALS)
        return Response(TokensOutput(issue_tokens(user)).data)


class RefreshView(PublicView):
    @extend_schema(
        tags=["auth"],
        auth=[],
        operation_id="auth_token_refresh",
        summary="Get a new access token",
        request=RefreshInput,
        responses={
            200: OpenApiResponse(AccessOutput, "A new access token."),
            **errors(ErrorCode.TOKEN_NOT_VALID, *BODY_ERRORS),
        },
        examples=[
            OpenApiExample("refresh", value=_REFRESH, request_only=True),
            OpenApiExample("access", value=_ACCESS, response_only=True, status_codes=["200"]),
        ],
    )
    def post(self, request: Request) -> Response:
        """Exchange a refresh token for a new access token."""
        body = RefreshInput(data=request.data)
        body.is_valid(raise_exception=True)
        access = access_from(body.validated_data["refresh"])
        return Response(AccessOutput({"access": access}).data)
