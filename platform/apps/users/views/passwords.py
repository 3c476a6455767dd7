from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import ErrorCode
from apps.core.schema import AUTH_ERRORS, BODY_ERRORS, errors
from apps.users import examples
from apps.users.actions import passwords
from apps.users.requests import viewer_of
from apps.users.serializers.passwords import PasswordChangeInput
from apps.users.serializers.tokens import TokenPairOutput
from apps.users.throttles import PasswordThrottle
from apps.users.tokens import token_pair

from .base import AccountView, client_of


class PasswordChangeView(AccountView):
    throttle_classes = (PasswordThrottle,)

    @extend_schema(
        tags=["auth"],
        operation_id="auth_password_change",
        summary="Change your password",
        request=PasswordChangeInput,
        responses={
            200: OpenApiResponse(TokenPairOutput, "The tokens of a new session, the only one."),
            **errors(ErrorCode.WRONG_PASSWORD, *BODY_ERRORS, *AUTH_ERRORS),
        },
        examples=[examples.PASSWORD_CHANGE, examples.TOKEN_PAIR],
    )
    def post(self, request: Request) -> Response:
        """Change your password. All sessions end, this one too; go on with the new tokens."""
        user = viewer_of(request)
        body = PasswordChangeInput(data=request.data, context={"user": user})
        body.is_valid(raise_exception=True)
        session = passwords.change_password(
            user=user, client=client_of(request), at=timezone.now(), **body.validated_data
        )
        return Response(TokenPairOutput(token_pair(session)).data)
