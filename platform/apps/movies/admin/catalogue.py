"""What films share and stand in: genres, people, companies, collections, ranked lists."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.utils.safestring import SafeString

from apps.core.admin_display import list_link
from apps.core.admin_filters import NumberFilter
from apps.core.model_admins import LargeTableAdmin, ReadOnlyAdmin, as_id
from apps.movies.models import (
    Collection,
    Company,
    Genre,
    Keyword,
    ListEntry,
    Person,
    Provider,
    SourceTitle,
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


class ByTMDbIdAdmin(ReadOnlyAdmin):
    """What TMDb alone names: a sync writes it, and TMDb's id is the key."""

    search_fields: ClassVar[tuple[str, ...]] = ("id",)
    search_help_text = "A TMDb id."

    def search(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        number = as_id(term)
        return queryset.none() if number is None else queryset.filter(pk=number)


@admin.register(Person)
class PersonAdmin(ByTMDbIdAdmin):
    list_display = ("id", "name", "known_for_department")
    search_fields = ("id", "name")
    search_help_text = "A TMDb id, or the whole name as TMDb writes it."

    def search(self, queryset: QuerySet[Person], term: str) -> QuerySet[Person]:
        number = as_id(term)
        found = Q(name=term)
        return queryset.filter(found if number is None else found | Q(pk=number))


@admin.register(Keyword)
class KeywordAdmin(ByTMDbIdAdmin):
    list_display = ("id", "name")


@admin.register(Company)
class CompanyAdmin(ByTMDbIdAdmin):
    list_display = ("id", "name", "origin_country")


@admin.register(Collection)
class CollectionAdmin(ByTMDbIdAdmin):
    list_display = ("id", "name", "films")

    @admin.display(description="Films")
    def films(self, collection: Collection) -> SafeString:
        return list_link("Films", "movies_movie", collection=collection.pk)


@admin.register(Provider)
class ProviderAdmin(ByTMDbIdAdmin):
    list_display = ("id", "name", "display_priority")


@admin.register(ListEntry)
class ListEntryAdmin(ReadOnlyAdmin):
    list_display = ("list", "rank", "movie")
    list_select_related = ("movie",)
    list_filter = ("list", ("movie", NumberFilter))
    ordering = ("list", "rank")
