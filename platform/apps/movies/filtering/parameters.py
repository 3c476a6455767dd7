"""The parameters that narrow films: read, refused by name, and described."""

import re
from collections.abc import Collection
from typing import Any

from django import forms
from django.utils import timezone
from django_filters.utils import translate_validation
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from apps.core.movie_states import seen_by
from apps.core.parameters import INTEGER, LARGEST_INTEGER
from apps.movies.adult_films import DESCRIPTION, SCHEMA, is_adult_included
from apps.movies.filter_fields import (
    COUNTRY,
    GENRES_DESCRIPTION,
    GENRES_SCHEMA,
    LANGUAGE,
    MINUTES_SCHEMA,
    OFFER,
    YEAR_SCHEMA,
    DigitsField,
    GenresField,
    ListField,
    NumberField,
    RangesForm,
    RepeatedNames,
    TruthField,
    WordField,
    list_schema,
    minutes_field,
    number_schema,
    region_field,
    text_schema,
    watchable_of,
    year_field,
)
from apps.movies.models import MAX_VOTE
from apps.movies.watching import DEFAULT_OFFERS, OFFERS

from .film_filter import FilmFilter

MOST_VALUES = 10
_CERTIFICATION = re.compile(r"[^,\x00-\x1f]{1,40}")


def _average() -> NumberField:
    return NumberField(required=False, min_value=0, max_value=MAX_VOTE)


def _count() -> DigitsField:
    return DigitsField(required=False, min_value=0, max_value=LARGEST_INTEGER)


def _some(pattern: re.Pattern[str], what: str) -> ListField:
    message = f"At most {MOST_VALUES} {what} with commas between."
    return ListField(pattern, most=MOST_VALUES, message=message)


class FilmFilterForm(RangesForm):
    genre = GenresField(required=False, widget=RepeatedNames)
    genre_any = GenresField(required=False, widget=RepeatedNames)
    year = year_field()
    year_min = year_field()
    year_max = year_field()
    vote_average_min = _average()
    vote_average_max = _average()
    vote_count_min = _count()
    vote_count_max = _count()
    runtime_min = minutes_field()
    runtime_max = minutes_field()
    language = _some(LANGUAGE, "codes of ISO 639, such as fr,")
    country = _some(COUNTRY, "codes of ISO 3166-1, such as CH,")
    certification = _some(_CERTIFICATION, "certifications")
    certification_country = WordField(COUNTRY, "A country as ISO 3166-1 has it, such as US.")
    keyword = _some(INTEGER, "ids")
    person = _some(INTEGER, "ids")
    provider = _some(INTEGER, "ids")
    offer = _some(OFFER, f"of {', '.join(OFFERS)}")
    region = region_field()
    released = TruthField(required=False)
    hide_seen = TruthField(required=False)
    include_adult = TruthField(required=False)

    def __init__(self, data: Any, *, own_region: str) -> None:
        super().__init__(data)
        self._own_region = own_region

    def clean(self) -> None:
        super().clean()
        asked = self.cleaned_data
        if asked.get("provider") or asked.get("offer"):
            asked["region"] = asked.get("region") or self._own_region
            self._demand("region", "In which country? Your profile names none.")
        if asked.get("certification"):
            self._demand("certification_country", "By which country?")
        elif asked.get("certification_country"):
            self._demand("certification", "Which one of this country?")

    def _demand(self, name: str, message: str) -> None:
        if not self.cleaned_data.get(name) and name not in self.errors:
            self.add_error(name, forms.ValidationError(message, code="invalid"))


FILTERS = frozenset(FilmFilterForm.base_fields)
_PLAIN = frozenset(
    name for name in FILTERS if name.startswith(("year", "vote_", "runtime_", "certification_"))
)


def read_form(form: type[FilmFilterForm], request: Request) -> dict[str, Any]:
    """What was asked for, by the names of the form's fields.

    Raises:
        ValidationError: a parameter cannot be used.
    """
    filled = form(request.query_params, own_region=getattr(request.user, "region", ""))
    if not filled.is_valid():
        raise translate_validation(filled.errors)
    return filled.cleaned_data


def film_filter(asked: dict[str, Any], request: Request) -> FilmFilter:
    """Of what `read_form` returned.

    Raises:
        NotAuthenticated: films that the caller saw are to be hidden, but nobody knows who asks.
    """
    return FilmFilter(
        genre_ids=tuple(genre.pk for genre in asked["genre"]),
        any_genre_ids=tuple(genre.pk for genre in asked["genre_any"]),
        keyword_ids=tuple(map(int, asked["keyword"])),
        person_ids=tuple(map(int, asked["person"])),
        languages=asked["language"],
        countries=asked["country"],
        certifications=asked["certification"],
        watchable=watchable_of(asked) if asked["region"] else None,
        is_released=asked["released"],
        today=None if asked["released"] is None else timezone.now().date(),
        title=asked.get("title", ""),
        excluded_ids=frozenset(_seen(request) if asked["hide_seen"] else ()),
        include_adult=is_adult_included(request),
        **{name: asked[name] for name in _PLAIN},
    )


def _seen(request: Request) -> Collection[int]:
    if request.user.pk is None:
        raise NotAuthenticated
    return seen_by(request.user.pk)


def _listed(pattern: re.Pattern[str]) -> dict[str, Any]:
    return list_schema(pattern, most=MOST_VALUES)


_AVERAGES = number_schema(0, MAX_VOTE, of="number")
_COUNTS = number_schema(0, LARGEST_INTEGER)
_IDS = _listed(INTEGER)
_TRUTH = {"type": "boolean", "default": False}
_SCHEMAS: dict[str, tuple[dict[str, Any], str]] = {
    "genre": (GENRES_SCHEMA, GENRES_DESCRIPTION),
    "genre_any": (GENRES_SCHEMA, "The same, for films that have at least one of them."),
    "year": (YEAR_SCHEMA, "The year of release."),
    "year_min": (YEAR_SCHEMA, "Released then or later."),
    "year_max": (YEAR_SCHEMA, "Released then or earlier."),
    "vote_average_min": (_AVERAGES, "The average of TMDb's votes is at least so much."),
    "vote_average_max": (_AVERAGES, "The average of TMDb's votes is at most so much."),
    "vote_count_min": (_COUNTS, "So many voted on TMDb, or more."),
    "vote_count_max": (_COUNTS, "So many voted on TMDb, or fewer."),
    "runtime_min": (MINUTES_SCHEMA, "So many minutes or longer."),
    "runtime_max": (MINUTES_SCHEMA, "So many minutes or shorter."),
    "language": (_listed(LANGUAGE), "The film was made in one of these languages."),
    "country": (_listed(COUNTRY), "The film was produced in one of these countries."),
    "certification": (
        _listed(_CERTIFICATION),
        "It has one of these certifications by the country, such as `PG,PG-13`.",
    ),
    "certification_country": (text_schema(COUNTRY), "Who certified it."),
    "keyword": (_IDS, "Ids of keywords; the film has them all."),
    "person": (_IDS, "Ids of people; all of them are in its cast or crew."),
    "provider": (_IDS, "Ids of services; one of them offers the film in the region."),
    "offer": (
        _listed(OFFER),
        f"What is asked for it in the region; by default {', '.join(DEFAULT_OFFERS)}.",
    ),
    "region": (
        text_schema(COUNTRY),
        "Where it can be watched; by default, for a provider or offer, your profile's region.",
    ),
    "released": (
        {"type": "boolean"},
        "Whether it has been released, by its date or else the end of its year.",
    ),
    "hide_seen": (_TRUTH, "Without what you rated, favourited or watched."),
    "include_adult": (SCHEMA, DESCRIPTION),
}
PARAMETERS = [
    OpenApiParameter(name, schema, description=description)
    for name, (schema, description) in _SCHEMAS.items()
]
