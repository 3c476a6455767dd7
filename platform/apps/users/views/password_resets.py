from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT

from apps.core.errors import ErrorCode
from apps.core.schema import BODY_ERRORS, errors
from apps.users import examples
from apps.users.actions import mails, password_resets
from apps.users.models import AccountMail
from apps.users.serializers.mails import MailInput, MailRequestedOutput, PasswordResetInput
from apps.users.throttles import MailThrottle, MailTokenThrottle

from .base import PublicAccountView

MESSAGE = "If an account has this address, a mail is on its way to it."


class PasswordResetView(PublicAccountView):
    throttle_classes = (MailThrottle,)

    @extend_schema(
        tags=["auth"],
        auth=[],
        operation_id="auth_password_reset",
        summary="Ask for a new password",
        request=MailInput,
        responses={
            202: OpenApiResponse(MailRequestedOutput, "Taken note, whoever has the address."),
            **errors(*BODY_ERRORS),
        },
        examples=[examples.ADDRESS, examples.PASSWORD_RESET_REQUESTED],
    )
    def post(self, request: Request) -> Response:
        """Have a mail sent with a token that is good for one new password within an hour.

        The answer is the same for every address: it tells nobody who has an account.
        """
        body = MailInput(data=request.data)
        body.is_valid(raise_exception=True)
        mails.request_mail(
            purpose=AccountMail.Purpose.RESET_PASSWORD,
            email=body.validated_data["email"],
            at=timezone.now(),
        )
        return Response({"message": MESSAGE}, status=HTTP_202_ACCEPTED)


class PasswordResetConfirmView(PublicAccountView):
    throttle_classes = (MailTokenThrottle,)

    @extend_schema(
        tags=["auth"],
        auth=[],
        operation_id="auth_password_reset_confirm",
        summary="Choose a new password",
        request=PasswordResetInput,
        responses={
            204: OpenApiResponse(description="The new password is the only one that is good."),
            **errors(ErrorCode.MAIL_TOKEN_NOT_VALID, *BODY_ERRORS),
        },
        examples=[examples.NEW_PASSWORD],
    )
    def post(self, request: Request) -> Response:
        """Set a new password with the token of a mail.

        All sessions of the account end, the tokens of its other mails for a new password are void,
        its address counts as verified, and a mail tells the owner. A password that is too weak
        leaves the token good.
        """
        body = PasswordResetInput(data=request.data)
        body.is_valid(raise_exception=True)
        password_resets.reset_password(**body.validated_data, at=timezone.now())
        return Response(status=HTTP_204_NO_CONTENT)
