from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_201_CREATED

from apps.core.errors import ErrorCode
from apps.core.schema import BODY_ERRORS, errors
from apps.users import examples
from apps.users.actions import registration
from apps.users.serializers.accounts import RegisterInput, UserOutput
from apps.users.throttles import RegisterThrottle

from .base import PublicAccountView


class RegisterView(PublicAccountView):
    throttle_classes = (RegisterThrottle,)

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
            examples.ACCOUNT,
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
        user = registration.register_user(**body.validated_data, at=timezone.now())
        return Response(UserOutput(user).data, status=HTTP_201_CREATED)
