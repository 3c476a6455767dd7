from django.http import FileResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_204_NO_CONTENT

from apps.core.errors import ErrorCode
from apps.core.schema import AUTH_ERRORS, BODY_ERRORS, errors
from apps.users import examples
from apps.users.actions import deletion, exports
from apps.users.requests import viewer_of
from apps.users.serializers.passwords import OwnPasswordInput
from apps.users.serializers.personal_data import ExportOutput
from apps.users.throttles import ExportThrottle, PasswordThrottle

from .base import AccountView

EXPORT_NAME = "nexus-export.json"


class ExportView(AccountView):
    throttle_classes = (ExportThrottle,)

    @extend_schema(
        tags=["profile"],
        operation_id="account_export",
        summary="Download all your data",
        responses={
            200: OpenApiResponse(ExportOutput, "A file, whose length says if it came whole."),
            **errors(*AUTH_ERRORS),
        },
        examples=[examples.EXPORT],
    )
    def get(self, request: Request) -> FileResponse:
        """Download all that is kept of you, except secrets such as the password's hash."""
        file = exports.export_file(user=viewer_of(request), at=timezone.now())
        return FileResponse(
            file, as_attachment=True, filename=EXPORT_NAME, content_type="application/json"
        )


class AccountDeletionView(AccountView):
    throttle_classes = (PasswordThrottle,)

    @extend_schema(
        tags=["profile"],
        operation_id="account_delete",
        summary="Delete your account",
        request=OwnPasswordInput,
        responses={
            204: OpenApiResponse(description="It is gone with all that was kept of you."),
            **errors(
                ErrorCode.WRONG_PASSWORD,
                ErrorCode.PERMISSION_DENIED,
                *BODY_ERRORS,
                *AUTH_ERRORS,
            ),
        },
        examples=[examples.OWN_PASSWORD],
    )
    def post(self, request: Request) -> Response:
        """Delete your account, sessions, ratings, favourites and lists for ever.

        What the models learned from everybody's ratings together, which names nobody, stays until
        the next training. An operator's account stays: the audit trail would go with it.
        """
        body = OwnPasswordInput(data=request.data)
        body.is_valid(raise_exception=True)
        deletion.delete_own_account(user=viewer_of(request), **body.validated_data)
        return Response(status=HTTP_204_NO_CONTENT)
