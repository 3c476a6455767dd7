from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from apps.core.model_admins import LargeTableAdmin, as_id

from .models import User

_ROLES = ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")


class UserCreationForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email",)


class RoleFilter(admin.SimpleListFilter):
    """The few accounts that are not a viewer's in good standing; a partial index serves each."""

    title = "role"
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:  # noqa: ARG002  # the signature is Django's
        return [
            ("staff", "Staff"),
            ("superuser", "Superusers among them"),
            ("inactive", "Deactivated"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:  # noqa: ARG002  # the signature is Django's
        conditions = {
            "staff": Q(is_staff=True),
            "superuser": Q(is_staff=True, is_superuser=True),
            "inactive": Q(is_active=False),
        }
        chosen = self.value()
        return queryset.filter(conditions[chosen]) if chosen in conditions else queryset


class UserAdmin(LargeTableAdmin, DjangoUserAdmin[User]):  # type: ignore[type-var]  # its stub wants AbstractUser
    """Accounts. Registered by the app that knows what viewers rated and are recommended."""

    add_form = UserCreationForm
    list_display: tuple[str, ...] = (
        "email",
        "origin",
        "is_active",
        "is_staff",
    )
    list_filter = (RoleFilter, "origin")
    search_fields = ("email",)
    search_help_text = "The beginning of the e-mail address, or the id."
    ordering = ("-pk",)
    readonly_fields: ClassVar[tuple[str, ...]] = ("origin", "last_login", "date_joined")
    fieldsets: ClassVar[tuple[Any, ...]] = (
        (None, {"fields": ("email", "password", "display_name", "origin")}),
        (
            "Roles",
            {
                "description": "Staff sign in here and see what their permissions allow. A "
                "deactivated account can no longer sign in anywhere; its rows stay.",
                "fields": _ROLES,
            },
        ),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)

    def search(self, queryset: QuerySet[User], term: str) -> QuerySet[User]:
        found = Q(email__startswith=term.lower())
        number = as_id(term)
        return queryset.filter(found if number is None else found | Q(pk=number))
