"""What films share and stand in: genres, people, companies, collections, ranked lists."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
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


class GenreForm(forms.ModelForm[Genre]):
    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if slug.isdecimal():
            message = "Digits alone are taken for a genre's id."
            raise forms.ValidationError(message, code="invalid")
        return slug


@admin.register(Genre)
class GenreAdmin(LargeTableAdmin):
    form = GenreForm
    list_display = ("name", "slug", "tmdb_id", "films")
    ordering = ("name",)
    sortable_by = ("name", "slug", "tmdb_id")

    def get_readonly_fields(
        self,
        request: HttpRequest,  # noqa: ARG002  # the signature is Django's
        obj: Genre | None = None,
    ) -> tuple[str, ...]:
        """A sync names the genres of TMDb as TMDb does."""
        return ("name",) if obj and obj.tmdb_id is not None else ()

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Genre | None = None
    ) -> dict[str, Sequence[str]]:
        return {} if self.get_readonly_fields(request, obj) else {"slug": ["name"]}

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
