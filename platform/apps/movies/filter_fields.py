"""What query parameters are read with: each refuses what it cannot use, by name."""

import re
from typing import Any

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.db.models import Q

from apps.core.errors import ErrorCode
from apps.core.parameters import INTEGER

from .models import EARLIEST_YEAR, LATEST_YEAR, Genre
from .watching import DEFAULT_OFFERS, OFFERS, Watchable

SHORTEST_TITLE_PART = 2
LONGEST_TITLE_PART = 100
# What a column of minutes holds.
LONGEST_RUNTIME = 32_767
MOST_GENRES = 10
# All names of genres are shorter than this; an address that names the most fits into a request.
_GENRE_NAME = r"[-a-zA-Z0-9_]{1,60}"
GENRES_SCHEMA = {
    "type": "string",
    "pattern": f"^{_GENRE_NAME}(,{_GENRE_NAME}){{0,{MOST_GENRES - 1}}}$",
}
GENRES_DESCRIPTION = (
    "The slug of a genre, such as `science-fiction`, or its id; several with commas between for "
    "films that have them all."
)
COUNTRY = re.compile(r"[A-Z]{2}")
LANGUAGE = re.compile(r"[a-z]{2,3}")
OFFER = re.compile("|".join(OFFERS))
_NO_SUCH_GENRE = "No such genre: /api/v1/movies/genres/ lists the slugs."
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,30})?(e-[0-9]{1,3})?")


class DigitsField(forms.IntegerField):
    """Digits only: Django's field takes `1999.0` and `+1999`, too."""

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        if not INTEGER.fullmatch(value):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return int(value)


class NumberField(forms.FloatField):
    """A number that is not negative, as programs write it: Django's takes `+7` and spaces, too."""

    def to_python(self, value: Any) -> float | None:  # type: ignore[override]  # as the stubs derive it
        if value in self.empty_values:
            return None
        if not _NUMBER.fullmatch(value):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return float(value)


class TruthField(forms.Field):
    """The library's takes everything but these two for no filter at all."""

    def to_python(self, value: Any) -> bool | None:
        if value in self.empty_values:
            return None
        if value not in {"true", "false"}:
            raise forms.ValidationError("Either true or false.", code="invalid")
        return bool(value == "true")


class WordsField(forms.CharField):
    """Words with one space between; neither more than that nor spaces around them count."""

    def clean(self, value: Any) -> str:
        sent: str = super().clean(value)
        words: str = super().clean(" ".join(sent.split()))
        if sent and not words:
            raise forms.ValidationError("No words: leave it out.", code="invalid")
        return words


class RepeatedNames(forms.Widget):
    """Some clients repeat the name for each value, of which Django's widgets take the last."""

    def value_from_datadict(self, data: Any, _files: Any, name: str) -> str | None:
        return ",".join(data.getlist(name)) if name in data else None


class WordField(forms.Field):
    """One word of the pattern."""

    def __init__(self, pattern: re.Pattern[str], message: str) -> None:
        super().__init__(required=False)
        self._pattern = pattern
        self._message = message

    def to_python(self, value: Any) -> str | None:
        if value in self.empty_values:
            return None
        if not self._pattern.fullmatch(value):
            raise forms.ValidationError(self._message, code="invalid")
        return str(value)


class ListField(forms.Field):
    """Words with commas between, each of the pattern."""

    widget = RepeatedNames

    def __init__(self, pattern: re.Pattern[str], *, most: int, message: str) -> None:
        super().__init__(required=False)
        self._pattern = pattern
        self._most = most
        self._message = message

    def to_python(self, value: Any) -> tuple[str, ...]:
        if value in self.empty_values:
            return ()
        words = tuple(dict.fromkeys(value.split(",")))
        if len(words) > self._most or not all(map(self._pattern.fullmatch, words)):
            raise forms.ValidationError(self._message, code="invalid")
        return words


class OrderingField(forms.ChoiceField):
    def validate(self, value: str) -> None:
        orderings = [str(name) for name, _ in self.choices]  # type: ignore[misc, union-attr]  # pairs
        if value and value not in orderings:
            message = f"The orderings are {', '.join(orderings)}."
            raise forms.ValidationError(message, code=ErrorCode.UNKNOWN_PARAMETER.value)


class GenresField(forms.Field):
    """Slugs or ids with commas between, as the genres that they name."""

    default_error_messages = {"invalid_choice": _NO_SUCH_GENRE}

    def to_python(self, value: Any) -> list[Genre]:
        if value in self.empty_values:
            return []
        ProhibitNullCharactersValidator()(value)
        listed = value.split(",")
        if len(listed) > MOST_GENRES:
            raise forms.ValidationError(f"At most {MOST_GENRES} genres at once.", code="invalid")
        names = set(listed)
        ids = {int(name) for name in names if INTEGER.fullmatch(name)}
        slugs = {name for name in names if not INTEGER.fullmatch(name)}
        genres = list(Genre.objects.filter(Q(pk__in=ids) | Q(slug__in=slugs)))
        if (ids | slugs) - {genre.pk for genre in genres} - {genre.slug for genre in genres}:
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid")
        return genres


class NoEmptyValuesForm(forms.Form):
    """Refuses `?year=`, which Django's forms take for no filter at all."""

    def clean(self) -> None:
        for name in self.fields.keys() & self.data.keys():
            if not self.data[name] and not self.fields[name].required:
                self.add_error(name, forms.ValidationError("Empty: leave it out.", code="invalid"))


class RangesForm(NoEmptyValuesForm):
    """Refuses ranges that nothing can be in: of `..._min` and `..._max`, `since` and `until`."""

    def clean(self) -> None:
        super().clean()
        for lower in self.fields:
            upper = "until" if lower == "since" else lower.replace("_min", "_max")
            if upper == lower:
                continue
            start, end = self.cleaned_data.get(lower), self.cleaned_data.get(upper)
            if start is not None and end is not None and start > end:
                message = f"{lower} lies above {upper}: nothing is in between."
                self.add_error(lower, forms.ValidationError(message, code="invalid"))


def year_field() -> DigitsField:
    return DigitsField(required=False, min_value=EARLIEST_YEAR, max_value=LATEST_YEAR)


def minutes_field() -> DigitsField:
    return DigitsField(required=False, min_value=1, max_value=LONGEST_RUNTIME)


def region_field() -> WordField:
    return WordField(COUNTRY, "A country as ISO 3166-1 has it, such as CH.")


def watchable_of(asked: dict[str, Any]) -> Watchable:
    """What the fields `region`, `offer` and `provider` read."""
    return Watchable(
        region=asked["region"],
        offers=asked["offer"] or DEFAULT_OFFERS,
        provider_ids=tuple(map(int, asked["provider"])),
    )


def number_schema(minimum: int, maximum: int, *, of: str = "integer") -> dict[str, Any]:
    return {"type": of, "minimum": minimum, "maximum": maximum}


def text_schema(pattern: re.Pattern[str]) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^{pattern.pattern}$"}


def list_schema(pattern: re.Pattern[str], *, most: int) -> dict[str, Any]:
    return {
        "type": "string",
        "pattern": f"^({pattern.pattern})(,({pattern.pattern})){{0,{most - 1}}}$",
    }


YEAR_SCHEMA = number_schema(EARLIEST_YEAR, LATEST_YEAR)
MINUTES_SCHEMA = number_schema(1, LONGEST_RUNTIME)
