from contextlib import suppress
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from apps.core.model_admins import COUNTED_RELATED, as_id, bounded_count
from apps.core.operator_actions import Confirmation, OperatorActionsAdmin, operator_action
from apps.users.actions import deletion, sessions
from apps.users.models import User

# Whoever may set these may do everything, so that is left to those who may already.
PRIVILEGES = ("is_staff", "is_superuser", "groups", "user_permissions")
PROFILE = ("language", "region", "include_adult", "is_private")
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


def _has_sessions(user: User) -> bool:
    return user.sessions.exists()


class UserAdmin(OperatorActionsAdmin, DjangoUserAdmin[User]):  # type: ignore[type-var]  # its stub wants AbstractUser
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
    change_actions = ("end_all_sessions",)
    readonly_fields: ClassVar[tuple[str, ...]] = (
        "origin",
        "email_verified_at",
        *PROFILE,
        "last_login",
        "date_joined",
    )
    fieldsets: ClassVar[tuple[Any, ...]] = (
        (
            None,
            {
                "description": "A new address is not verified until its owner does that.",
                "fields": ("email", "email_verified_at", "password", "display_name", "origin"),
            },
        ),
        (
            "Profile",
            {"description": "What only the account's owner changes.", "fields": PROFILE},
        ),
        (
            "Roles",
            {
                "description": "Staff sign in here and see what their permissions allow. Only "
                "superusers give roles and change or delete the accounts of staff. A "
                "deactivated account is signed out everywhere and signs in nowhere; its rows "
                "stay.",
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

    def get_change_actions(self, request: HttpRequest, object_id: str, form_url: str) -> list[str]:
        account = self.get_object(request, object_id)
        if not self.has_change_permission(request, account):
            return []
        return super().get_change_actions(request, object_id, form_url)

    @operator_action(
        label="End all sessions",
        description="Log the account out of the API everywhere: all its tokens end at once.",
        permission="users.change_user",
        confirm="confirm_ending",
        offered=_has_sessions,
    )
    def end_all_sessions(self, request: HttpRequest, user: User) -> str:
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        with transaction.atomic():
            count = sessions.end_all_sessions(user=user)
            self.log_change(request, user, f"Ended all sessions, {count}.")
        return f"Sessions ended: {count}. None of their tokens is good any more."

    def confirm_ending(self, request: HttpRequest, user: User) -> Confirmation:
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        return Confirmation(
            question=f"Log {user} out of the API everywhere?",
            consequences=(
                "Every device has to log in again, with the same password.",
                "Whoever knows the password may do so: set another one if it leaked.",
                (
                    "An operator who is signed in to these pages stays so, until a new password, "
                    "deactivation or eight hours end that."
                ),
            ),
        )

    def save_model(
        self,
        request: HttpRequest,
        obj: User,
        form: Any,
        change: bool,  # noqa: FBT001  # the signature is Django's
    ) -> None:
        """Write what was changed and no more: the owner may change the password meanwhile."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        columns = {field.name for field in self.opts.concrete_fields} & set(form.changed_data)
        if form.initial["email"] != obj.email:
            obj.email_verified_at = None
            columns.add("email_verified_at")
        obj.save(update_fields=columns)

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

    def log_addition(self, request: HttpRequest, obj: User, message: Any) -> LogEntry:
        return super().log_addition(request, _in_trail(obj), message)

    def log_change(self, request: HttpRequest, obj: User, message: Any) -> LogEntry:
        return super().log_change(request, _in_trail(obj), message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        accounts = [_in_trail(account) for account in queryset]
        return super().log_deletions(request, accounts)  # type: ignore[arg-type]  # Django passes lists too

    def delete_model(self, request: HttpRequest, obj: User) -> None:  # noqa: ARG002  # the signature is Django's
        """Django would lock the account's rows in an order of its own."""
        with suppress(User.DoesNotExist):
            deletion.delete_account(user_id=obj.pk)


def _in_trail(account: User) -> User:
    """The account as the audit trail knows it, which names a row by its text: without address."""
    return User(pk=account.pk, email=deletion.name_in_trail(account.pk))


def _may_touch(request: HttpRequest, account: User | None) -> bool:
    if account is None or request.user.is_superuser:
        return True
    return not (account.is_staff or account.is_superuser)
