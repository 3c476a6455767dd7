from django.contrib import admin

from apps.core.admin import ReadOnlyAdmin

from .models import Favorite, Rating, Taste


@admin.register(Favorite)
class FavoriteAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "movie", "created_at")
    list_select_related = ("user", "movie")
    search_fields = ("user__email__exact", "movie__tmdb_id__exact")


@admin.register(Rating)
class RatingAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "movie", "score", "rated_at", "updated_at")
    list_select_related = ("user", "movie")
    search_fields = ("user__email__exact", "movie__tmdb_id__exact")


@admin.register(Taste)
class TasteAdmin(ReadOnlyAdmin):
    list_display = ("user", "revision", "listed_revision", "is_realtime", "changed_at", "nudges")
    list_select_related = ("user",)
    search_fields = ("user__email__exact",)
