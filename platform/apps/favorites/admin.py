from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from apps.core.admin_display import NOTHING, age
from apps.core.admin_filters import NumberFilter
from apps.users.admin.of_viewer import OfViewerAdmin

from .models import (
    Favorite,
    NotInterested,
    Rating,
    SavedSearch,
    Taste,
    WatchEntry,
    WatchlistEntry,
)


class WaitingFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:  # noqa: ARG002  # the signature is Django's
        return [("waiting", "A viewer's write waits for a list")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Taste]) -> QuerySet[Taste]:  # noqa: ARG002  # the signature is Django's
        if self.value() != "waiting":
            return queryset
        # Spelt as the condition of the partial index that the sweep goes by.
        return queryset.filter(revision__gt=F("listed_revision"), is_realtime=True)


@admin.register(Favorite)
class FavoriteAdmin(OfViewerAdmin):
    list_display = ("id", "user", "movie", "created_at")
    list_select_related = ("user", "movie")
    list_filter = (("user", NumberFilter), ("movie", NumberFilter))


@admin.register(Rating)
class RatingAdmin(OfViewerAdmin):
    list_display = ("id", "user", "movie", "score", "rated_at")
    list_select_related = ("user", "movie")
    list_filter = (("user", NumberFilter), ("movie", NumberFilter))
    fieldsets = (
        (
            None,
            {
                "description": "What a viewer said. Only the viewer changes it, through the API, "
                "so that the viewer's list follows.",
                "fields": ("user", "movie", "score"),
            },
        ),
        ("Dates", {"fields": ("rated_at", "created_at", "updated_at")}),
    )


@admin.register(WatchEntry)
class WatchEntryAdmin(OfViewerAdmin):
    list_display = ("id", "user", "movie", "watched_at", "progress")
    list_select_related = ("user", "movie")
    list_filter = (("user", NumberFilter), ("movie", NumberFilter))
    fieldsets = (
        (
            None,
            {
                "description": "One viewing of a film; without a moment where the viewer does not "
                "know it. Only the viewer changes it, through the API.",
                "fields": ("user", "movie", "watched_at", "progress"),
            },
        ),
        ("Dates", {"fields": ("created_at", "updated_at")}),
    )


@admin.register(WatchlistEntry)
class WatchlistEntryAdmin(OfViewerAdmin):
    list_display = ("id", "user", "movie", "created_at")
    list_select_related = ("user", "movie")
    list_filter = (("user", NumberFilter), ("movie", NumberFilter))


@admin.register(NotInterested)
class NotInterestedAdmin(OfViewerAdmin):
    list_display = ("id", "user", "movie", "person", "genre", "created_at")
    list_select_related = ("user", "movie", "person", "genre")
    list_filter = (
        ("user", NumberFilter),
        ("movie", NumberFilter),
        ("person", NumberFilter),
        ("genre", NumberFilter),
    )


@admin.register(SavedSearch)
class SavedSearchAdmin(OfViewerAdmin):
    list_display = ("id", "user", "name", "created_at")
    list_select_related = ("user",)
    list_filter = (("user", NumberFilter),)


@admin.register(Taste)
class TasteAdmin(OfViewerAdmin):
    list_display = ("user", "revision", "listed_revision", "waits", "is_realtime", "nudges")
    list_select_related = ("user",)
    list_filter = (WaitingFilter, ("user", NumberFilter))
    fieldsets = (
        (
            None,
            {
                "description": "How many writes the viewer made (revision), and how many of them "
                "the viewer's current list has seen (listed revision). While the first is larger, "
                "a new list is due: at once if the viewer wrote it, with the next generation if "
                "it was imported.",
                "fields": ("user", "revision", "listed_revision", "is_realtime", "waits"),
            },
        ),
        ("Nudges", {"fields": ("changed_at", "unseen_at", "listed_at", "nudge_at", "nudges")}),
    )

    @admin.display(description="Waits since")
    def waits(self, taste: Taste) -> str:
        if taste.revision <= taste.listed_revision:
            return NOTHING
        return age(taste.changed_at, now=timezone.now())
