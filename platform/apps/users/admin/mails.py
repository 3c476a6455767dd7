from django.contrib import admin
from django.db.models import Q, QuerySet

from apps.core.admin_display import NOTHING, first_line
from apps.core.admin_filters import NumberFilter
from apps.core.model_admins import ReadOnlyAdmin, as_id
from apps.users.models import AccountMail


@admin.register(AccountMail)
class AccountMailAdmin(ReadOnlyAdmin):
    list_display = ("requested_at", "purpose", "email", "user", "state", "attempts", "problem")
    list_select_related = ("user",)
    list_filter = (("user", NumberFilter),)
    search_fields = ("email",)
    search_help_text = "The address it goes to, whole, or the id of the account."
    ordering = ("-requested_at", "-pk")
    readonly_fields = ("state",)
    fieldsets = (
        (
            None,
            {
                "description": "A mail that was asked for. A worker finds the account of the "
                "address and sends it, or drops the row where there is none.",
                "fields": ("purpose", "email", "user", "state"),
            },
        ),
        ("Dates", {"fields": ("requested_at", "expires_at", "sent_at", "used_at")}),
        ("Sending", {"fields": ("attempts", "nudge_at", "given_up_at", "error")}),
    )

    def search(self, queryset: QuerySet[AccountMail], term: str) -> QuerySet[AccountMail]:
        found = Q(email=term.lower())
        number = as_id(term)
        return queryset.filter(found if number is None else found | Q(user=number))

    @admin.display(description="State")
    def state(self, mail: AccountMail) -> str:
        if mail.used_at:
            return "used"
        if mail.sent_at:
            return "sent"
        return "given up" if mail.given_up_at else "waits"

    @admin.display(description="Error")
    def problem(self, mail: AccountMail) -> str:
        return first_line(mail.error) or NOTHING
