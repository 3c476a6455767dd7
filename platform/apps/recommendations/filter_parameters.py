"""The parameters of the list that narrow it: read, refused by name, and described."""

from dataclasses import fields
from typing import Any

from django import forms
from django_filters.utils import translate_validation
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from apps.core.parameters import INTEGER
from apps.movies.filter_fields import (
    COUNTRY,
    GENRES_DESCRIPTION,
    GENRES_SCHEMA,
    LANGUAGE,
    MINUTES_SCHEMA,
    OFFER,
    YEAR_SCHEMA,
    GenresField,
    ListField,
    RangesForm,
    RepeatedNames,
    TruthField,
    WordField,
    list_schema,
    minutes_field,
    region_field,
    text_schema,
    watchable_of,
    year_field,
)
from apps.movies.watching import DEFAULT_OFFERS, OFFERS
from apps.users.models import User

from .filters import Facts, Filters

MOST_EXCLUDED = 100
MOST_PROVIDERS = 20


def _ids(most: int) -> ListField:
    return ListField(INTEGER, most=most, message=f"At most {most} ids with commas between.")


class FiltersForm(RangesForm):
    genre = GenresField(required=False, widget=RepeatedNames)
    year = year_field()
    year_min = year_field()
    year_max = year_field()
    runtime_min = minutes_field()
    runtime_max = minutes_field()
    language = WordField(LANGUAGE, "A language as ISO 639 has it, such as fr.")
    provider = _ids(MOST_PROVIDERS)
    region = region_field()
    offer = ListField(
        OFFER,
        most=len(OFFERS),
        message=f"Some of {', '.join(OFFERS)}, with commas between.",
    )
    exclude = _ids(MOST_EXCLUDED)
    include_seen = TruthField(required=False)

    def __init__(self, data: Any, *, own_region: str) -> None:
        super().__init__(data)
        self._own_region = own_region

    def clean(self) -> None:
        super().clean()
        if self.cleaned_data.get("provider"):
            self.cleaned_data["region"] = self.cleaned_data.get("region") or self._own_region
            if not self.cleaned_data["region"] and "region" not in self.errors:
                self._refuse("region", "In which country? Your profile names none.")
        elif "provider" not in self.errors:
            for name in ("region", "offer"):
                if self.cleaned_data.get(name):
                    self._refuse(name, "Only of a provider.")

    def _refuse(self, name: str, message: str) -> None:
        self.add_error(name, forms.ValidationError(message, code="invalid"))


NAMES = frozenset(FiltersForm.base_fields)
_PLAIN = {field.name for field in fields(Facts)} & NAMES


def filters_of(request: Request, user: User) -> Filters:
    """What the request asks for.

    Raises:
        ValidationError: a parameter cannot be used.
    """
    if not NAMES & request.query_params.keys():
        return Filters()
    form = FiltersForm(request.query_params, own_region=user.region)
    if not form.is_valid():
        raise translate_validation(form.errors)
    return _filters(form.cleaned_data)


def _filters(data: dict[str, Any]) -> Filters:
    facts = Facts(
        genre_ids=tuple(genre.pk for genre in data["genre"]),
        watchable=watchable_of(data) if data["provider"] else None,
        **{name: data[name] for name in _PLAIN},
    )
    return Filters(
        facts=facts,
        excluded=frozenset(map(int, data["exclude"])),
        include_seen=bool(data["include_seen"]),
    )


_SCHEMAS: dict[str, tuple[dict[str, Any], str]] = {
    "genre": (GENRES_SCHEMA, GENRES_DESCRIPTION),
    "year": (YEAR_SCHEMA, "The year of release."),
    "year_min": (YEAR_SCHEMA, "Released then or later."),
    "year_max": (YEAR_SCHEMA, "Released then or earlier."),
    "runtime_min": (MINUTES_SCHEMA, "So many minutes or longer."),
    "runtime_max": (MINUTES_SCHEMA, "So many minutes or shorter."),
    "language": (text_schema(LANGUAGE), "The language that the film was made in."),
    "provider": (
        list_schema(INTEGER, most=MOST_PROVIDERS),
        "TMDb's ids of services, with commas between: films that one of them offers.",
    ),
    "region": (
        text_schema(COUNTRY),
        "Where the provider offers it; by default the region of your profile.",
    ),
    "offer": (
        list_schema(OFFER, most=len(OFFERS)),
        f"What the provider asks for it; by default {', '.join(DEFAULT_OFFERS)}.",
    ),
    "exclude": (list_schema(INTEGER, most=MOST_EXCLUDED), "Ids of films to leave out."),
    "include_seen": (
        {"type": "boolean", "default": False},
        (
            "Also what you rated, favourited or watched. Your list holds of it only what it was "
            "built before; the popular films hold it all."
        ),
    ),
}
PARAMETERS = [
    OpenApiParameter(name, schema, description=description)
    for name, (schema, description) in _SCHEMAS.items()
]
