"""Who may operate the platform over the API, by the permissions that the admin gives."""

from typing import ClassVar

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView


class StaffPermission(BasePermission):
    """Staff with the view's permission for the method; for one that it has not, for reading."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(view, StaffView):
            raise TypeError("only a StaffView names its permissions")
        needed = view.permissions_needed.get(request.method or "", view.permissions_needed["GET"])
        return bool(request.user.is_staff and request.user.has_perm(needed))


class StaffView(APIView):
    permission_classes = (StaffPermission,)
    permissions_needed: ClassVar[dict[str, str]]
