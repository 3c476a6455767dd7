from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from apps.core.admin_display import list_link, side_by_side
from apps.core.admin_filters import NumberFilter
from apps.core.model_admins import LargeTableAdmin, ReadOnlyAdmin, as_id

from .models import Genre, Movie, SourceTitle


class GenreFilter(admin.SimpleListFilter):
    title = "genre"
    parameter_name = "genre"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:  # noqa: ARG002  # the signature is Django's
        return [(genre.slug, genre.name) for genre in Genre.objects.order_by("name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Movie]) -> QuerySet[Movie]:  # noqa: ARG002  # the signature is Django's
        if not self.value():
            return queryset
        genre = Genre.objects.filter(slug=self.value()).first()
        of_genre = Movie.genres.through.objects.filter(genre=genre, movie=OuterRef("pk"))
        return queryset.filter(Exists(of_genre))


@admin.register(Movie)
class MovieAdmin(LargeTableAdmin):
    list_display = ("title", "year", "tmdb_id", "imdb_id", "vote_count", "popularity")
    list_filter = (GenreFilter, ("year", NumberFilter))
    sortable_by = ("title", "year")
    search_fields = ("title",)
    search_help_text = "The beginning of a title in any case, a TMDb id or an IMDb id (tt0078748)."
    filter_horizontal = ("genres",)
    readonly_fields = ("rows", "created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("title", "original_title", "original_language", "overview", "genres")}),
        (
            "Ids",
            {
                "description": "Where the film is known elsewhere. Imports find it by these.",
                "fields": ("tmdb_id", "imdb_id"),
            },
        ),
        ("Release", {"fields": ("release_date", "year", "runtime", "adult")}),
        (
            "Images",
            {
                "description": "Paths as TMDb writes them, such as /abc123.jpg; the API adds the "
                "host and a size.",
                "fields": ("poster_path", "backdrop_path"),
            },
        ),
        (
            "Votes",
            {
                "description": "What TMDb's public says, not the ratings given here.",
                "fields": ("vote_average", "vote_count", "popularity"),
            },
        ),
        ("Here", {"fields": ("rows", "created_at", "updated_at")}),
    )

    def search(self, queryset: QuerySet[Movie], term: str) -> QuerySet[Movie]:
        found = Q(title__istartswith=term) | Q(imdb_id=term.lower())
        number = as_id(term)
        return queryset.filter(found if number is None else found | Q(tmdb_id=number))

    def get_readonly_fields(
        self,
        request: HttpRequest,  # noqa: ARG002  # the signature is Django's
        obj: Movie | None = None,
    ) -> tuple[str, ...]:
        return self.readonly_fields if obj else ("created_at", "updated_at")

    def get_fieldsets(
        self,
        request: HttpRequest,  # noqa: ARG002  # the signature is Django's
        obj: Movie | None = None,
    ) -> Any:
        return self.fieldsets if obj else self.fieldsets[:-1]

    @admin.display(description="Related rows")
    def rows(self, movie: Movie) -> SafeString:
        return side_by_side(
            list_link("Ratings", "favorites_rating", movie=movie.pk),
            list_link("Favourites", "favorites_favorite", movie=movie.pk),
            list_link("Source titles", "movies_sourcetitle", movie=movie.pk),
        )


@admin.register(Genre)
class GenreAdmin(LargeTableAdmin):
    list_display = ("name", "slug", "tmdb_id", "films")
    prepopulated_fields = {"slug": ["name"]}
    ordering = ("name",)
    sortable_by = ("name", "slug", "tmdb_id")

    @admin.display(description="Films")
    def films(self, genre: Genre) -> SafeString:
        return list_link("Films", "movies_movie", genre=genre.slug)


@admin.register(SourceTitle)
class SourceTitleAdmin(ReadOnlyAdmin):
    list_display = ("source", "source_id", "movie")
    list_select_related = ("movie",)
    list_filter = (("movie", NumberFilter),)
    search_fields = ("source_id",)
    search_help_text = "The title's id in its source."

    def search(self, queryset: QuerySet[SourceTitle], term: str) -> QuerySet[SourceTitle]:
        # The unique index leads with the source.
        return queryset.filter(source__in=SourceTitle.Source.values, source_id=term)
