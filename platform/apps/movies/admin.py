from django.contrib import admin

from apps.core.admin import LargeTableAdmin, ReadOnlyAdmin

from .models import Genre, Movie, SourceTitle


@admin.register(Movie)
class MovieAdmin(LargeTableAdmin):
    list_display = ("title", "year", "tmdb_id", "imdb_id", "vote_count", "popularity")
    search_fields = ("title__startswith", "tmdb_id__exact", "imdb_id__exact")
    search_help_text = "The beginning of a title as it is written, a TMDb id or an IMDb id."
    filter_horizontal = ("genres",)
    readonly_fields = ("created_at", "updated_at")


@admin.register(Genre)
class GenreAdmin(admin.ModelAdmin[Genre]):
    list_display = ("name", "slug", "tmdb_id")
    prepopulated_fields = {"slug": ["name"]}
    ordering = ("name",)


@admin.register(SourceTitle)
class SourceTitleAdmin(ReadOnlyAdmin):
    list_display = ("source", "source_id", "movie")
    list_select_related = ("movie",)
    search_fields = ("source_id__exact",)
