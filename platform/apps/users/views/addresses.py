from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT

from apps.core.errors import ErrorCode
from apps.core.schema import BODY_ERRORS, errors
from apps.users import examples
from apps.users.actions import addresses, mails
from apps.users.models import AccountMail
from apps.users.serializers.mails import MailInput, MailRequestedOutput, VerifyEmailInput
from apps.users.throttles import MailThrottle, MailTokenThrottle

from .base import PublicAccountView

MESSAGE = "If an account has this address and it is not verified, a mail is on its way to it."


class VerifyEmailView(PublicAccountView):
    throttle_classes = (MailTokenThrottle,)

    @extend_schema(
        tags=["auth"],
        auth=[],
        operation_id="auth_verify_email",
        summary="Verify an e-mail address",
        request=VerifyEmailInput,
        responses={
            204: OpenApiResponse(description="The address is verified."),
            **errors(ErrorCode.MAIL_TOKEN_NOT_VALID, *BODY_ERRORS),
        },
        examples=[examples.MAIL_TOKEN],
    )
    def post(self, request: Request) -> Response:
        """Show with the token of a mail that its address is yours. Logging in does not need it.

        The mail is sent at registration; the token is good once, within three days.
        """
        body = VerifyEmailInput(data=request.data)
        body.is_valid(raise_exception=True)
        addresses.verify_email(token=body.validated_data["token"], at=timezone.now())
        return Response(status=HTTP_204_NO_CONTENT)


class ResendVerificationView(PublicAccountView):
    throttle_classes = (MailThrottle,)

    @extend_schema(
        tags=["auth"],
        auth=[],
        operation_id="auth_verify_email_resend",
        summary="Ask for another verification mail",
        request=MailInput,
        responses={
            202: OpenApiResponse(MailRequestedOutput, "Taken note, whoever has the address."),
            **errors(*BODY_ERRORS),
        },
        examples=[examples.ADDRESS, examples.VERIFICATION_REQUESTED],
    )
    def post(self, request: Request) -> Response:
        """Have the verification mail sent once more, with a new token.

        The answer is the same for every address: it tells nobody who has an account.
        """
        body = MailInput(data=request.data)
        body.is_valid(raise_exception=True)
        mails.request_mail(
            purpose=AccountMail.Purpose.VERIFY_EMAIL,
            email=body.validated_data["email"],
            at=timezone.now(),
        )
        return Response({"message": MESSAGE}, status=HTTP_202_ACCEPTED)
