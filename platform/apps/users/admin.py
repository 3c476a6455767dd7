from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.http import HttpRequest

from apps.core.admin import LargeTableAdmin

from .models import User

_ROLES = ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")


class UserCreationForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email",)


@admin.register(User)
class UserAdmin(LargeTableAdmin, DjangoUserAdmin[User]):  # type: ignore[type-var]  # its stub wants AbstractUser
    add_form = UserCreationForm
    list_display = ("email", "display_name", "origin", "is_active", "is_staff", "date_joined")
    list_filter = ("is_active", "is_staff", "origin")
    search_fields = ("email__startswith",)
    ordering = ("-pk",)
    readonly_fields = ("origin", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "password", "display_name", "origin")}),
        ("Roles", {"fields": _ROLES}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)

    def get_deleted_objects(
        self,
        objs: Any,
        request: HttpRequest,  # noqa: ARG002  # the signature is Django's
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """An account goes with all that is its own, none of which is deleted by hand."""
        return [str(account) for account in objs], {"accounts": len(objs)}, set(), []
