from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.schema import AUTH_ERRORS, BODY_ERRORS, errors
from apps.users import examples
from apps.users.actions import profiles
from apps.users.requests import viewer_of
from apps.users.serializers.profile import ProfileInput, ProfileOutput

from .base import AccountView


class ProfileView(AccountView):
    @extend_schema(
        tags=["profile"],
        operation_id="profile_read",
        summary="Read your profile",
        responses={200: ProfileOutput, **errors(*AUTH_ERRORS)},
        examples=[examples.PROFILE],
    )
    def get(self, request: Request) -> Response:
        """Read your profile."""
        return Response(ProfileOutput(viewer_of(request)).data)

    @extend_schema(
        tags=["profile"],
        operation_id="profile_replace",
        summary="Replace your profile",
        request=ProfileInput,
        responses={200: ProfileOutput, **errors(*BODY_ERRORS, *AUTH_ERRORS)},
        examples=[examples.PROFILE_REPLACED, examples.PROFILE],
    )
    def put(self, request: Request) -> Response:
        """Write every field that can be written. Codes have one spelling, such as fr and CH."""
        return self._change(request, partial=False)

    @extend_schema(
        tags=["profile"],
        operation_id="profile_change",
        summary="Change your profile",
        request=ProfileInput,
        responses={200: ProfileOutput, **errors(*BODY_ERRORS, *AUTH_ERRORS)},
        examples=[examples.PROFILE_CHANGED, examples.PROFILE],
    )
    def patch(self, request: Request) -> Response:
        """Write the fields that are sent and leave the others as they are."""
        return self._change(request, partial=True)

    def _change(self, request: Request, *, partial: bool) -> Response:
        body = ProfileInput(data=request.data, partial=partial)
        body.is_valid(raise_exception=True)
        account = profiles.change_profile(user=viewer_of(request), changes=body.validated_data)
        return Response(ProfileOutput(account).data)
