from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from apps.core.model_admins import COUNTED_RELATED, LargeTableAdmin, as_id, bounded_count

from .actions import deletion
from .models import User

# Whoever may set these may do everything, so that is left to those who may already.
PRIVILEGES = ("is_staff", "is_superuser", "groups", "user_permissions")
DEACTIVATE = "deactivate the account instead, on its own page."


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
                "description": "Staff sign in here and see what their permissions allow. Only "
                "superusers give roles and change or delete the accounts of staff. A "
                "deactivated account can no longer sign in anywhere; its rows stay.",
                "fields": ("is_active", *PRIVILEGES),
            },
        ),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)

    def search(self, queryset: QuerySet[User], term: str) -> QuerySet[User]:
        found = Q(email__startswith=term.lower())
        number = as_id(term)
        return queryset.filter(found if number is None else found | Q(pk=number))

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        fields = tuple(super().get_readonly_fields(request, obj))
        return fields if request.user.is_superuser else (*fields, *PRIVILEGES)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Also asked by the page that sets a password."""
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """The audit trail would go with its author, so an author stays."""
        rows = list(objs)
        shown, counts, lacking, protected = super().get_deleted_objects(rows, request)
        written = bounded_count(LogEntry.objects.filter(user__in=rows), bound=COUNTED_RELATED)
        if written:
            protected.append(f"{written} entries of the audit trail: {DEACTIVATE}")
        return shown, counts, lacking, protected

    def delete_model(self, request: HttpRequest, obj: User) -> None:  # noqa: ARG002  # the signature is Django's
        """Django would lock the account's rows in an order of its own."""
        deletion.delete_account(user_id=obj.pk)


def _may_touch(request: HttpRequest, account: User | None) -> bool:
    if account is None or request.user.is_superuser:
        return True
    return not (account.is_staff or account.is_superuser)


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin):
    """Whoever may change a group gives its permissions, so only superusers do."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return request.user.is_superuser and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return request.user.is_superuser and super().has_delete_permission(request, obj)
