"""Accounts with what is known of the viewer's taste, and the rebuilding of lists."""

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from apps.core.admin_display import list_link, side_by_side
from apps.core.events import collected_answers
from apps.core.operator_actions import BROKER_AWAY, user_id
from apps.recommendations import actions
from apps.users.admin.accounts import UserAdmin
from apps.users.models import User

REBUILD = "recommendations.add_recommendationlist"


@admin.register(User)
class ViewerAdmin(UserAdmin):
    list_display = (*UserAdmin.list_display, "rows")
    readonly_fields = (*UserAdmin.readonly_fields, "rows")
    fieldsets = (*UserAdmin.fieldsets, ("Viewer", {"fields": ("rows",)}))
    actions = ("rebuild_recommendations",)

    @admin.display(description="Related rows")
    def rows(self, user: User) -> SafeString:
        return side_by_side(
            list_link("Taste", "favorites_taste", user=user.pk),
            list_link("Lists", "recommendations_recommendationlist", user=user.pk),
            list_link("Ratings", "favorites_rating", user=user.pk),
            list_link("Favourites", "favorites_favorite", user=user.pk),
            list_link("Watch history", "favorites_watchentry", user=user.pk),
            list_link("Watchlist", "favorites_watchlistentry", user=user.pk),
            list_link("Not interested", "favorites_notinterested", user=user.pk),
            list_link("Saved searches", "favorites_savedsearch", user=user.pk),
            list_link("Questions", "recommendations_questions", user=user.pk),
            list_link("Not seen", "recommendations_onboardingskip", user=user.pk),
            list_link("Sessions", "users_session", user=user.pk),
        )

    def has_rebuild_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(REBUILD)

    @admin.action(description="Rebuild recommendations", permissions=["rebuild"])
    def rebuild_recommendations(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        users = list(chosen.order_by("pk")[: actions.MAX_REFRESHES + 1])
        if len(users) > actions.MAX_REFRESHES:
            text = (
                f"Nothing was done: more than {actions.MAX_REFRESHES:,} users are chosen. Use "
                "“Build and publish” on the page of generations, which builds everybody's lists."
            )
            self.message_user(request, text, messages.ERROR)
            return
        try:
            with collected_answers() as answers:
                asked = self._request(request, users)
        except IntegrityError:
            text = "Nothing was done: a chosen account was deleted at this moment. Choose again."
            self.message_user(request, text, messages.ERROR)
            return
        text = f"New lists are asked for, of users: {asked:,}. Workers build them within seconds."
        if answers.all_sent:
            self.message_user(request, text, messages.SUCCESS)
        else:
            self.message_user(request, f"{text} {BROKER_AWAY}", messages.WARNING)

    @transaction.atomic
    def _request(self, request: HttpRequest, users: list[User]) -> int:
        asked = set(
            actions.request_refresh(user_ids=[user.pk for user in users], at=timezone.now())
        )
        LogEntry.objects.log_actions(
            user_id(request),
            [user for user in users if user.pk in asked],
            CHANGE,
            "Asked for new recommendations.",
        )
        return len(asked)
