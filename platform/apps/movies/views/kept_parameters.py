"""Parameters of lists and searches of films that are kept, to be asked for again."""

from collections.abc import Collection, Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django_filters.utils import translate_validation
from rest_framework.exceptions import ErrorDetail, ValidationError

from apps.core.errors import ErrorCode
from apps.movies.filtering.parameters import FilmFilterForm

from .film_list_parameters import MovieListForm
from .search import SearchForm

# What names the page and the fields has to fit into the line of a request, too.
LONGEST_PATH = 3_000
NAMES = sorted({*MovieListForm.base_fields, *SearchForm.base_fields})
_SHOWN_CHARACTERS = 60


class _Endpoint(NamedTuple):
    route: str
    form: type[FilmFilterForm]


_LIST = _Endpoint("movie-list", MovieListForm)
_SEARCH = _Endpoint("movie-search", SearchForm)


def _endpoint_of(names: Collection[str]) -> _Endpoint:
    return _SEARCH if "q" in names else _LIST


def path_of(parameters: Mapping[str, str]) -> str:
    """The address that they are asked for at: that of searches if there are words to search for."""
    names = sorted(parameters, key=lambda name: (name != "q", name))
    query = urlencode([(name, parameters[name]) for name in names], safe=",")
    return f"{reverse(_endpoint_of(parameters).route)}?{query}"


def refuse_unknown_names(names: Collection[str]) -> None:
    """Raises ValidationError if the endpoint would not know one of them."""
    known = _endpoint_of(names).form.base_fields.keys()
    unknown = sorted(set(names) - known)
    if unknown:
        what = "searches" if "q" in names else "lists"
        message = (
            f"{unknown[0][:_SHOWN_CHARACTERS]!a} is no parameter of {what} that is kept; "
            f"these are {', '.join(sorted(known))}."
        )
        raise ValidationError([ErrorDetail(message, code=ErrorCode.UNKNOWN_PARAMETER.value)])


def check_parameters(parameters: Mapping[str, str], *, own_region: str) -> None:
    """Check values of known names as the endpoint would, for a viewer of this region.

    Raises:
        ValidationError: the endpoint would refuse them, or read no address as long as theirs.
    """
    if len(path_of(parameters)) > LONGEST_PATH:
        message = f"More than {LONGEST_PATH:,} characters as an address."
        raise ValidationError([ErrorDetail(message, code="invalid")])
    query = QueryDict(mutable=True)
    query.update(parameters)
    form = _endpoint_of(parameters).form(query, own_region=own_region)
    if not form.is_valid():
        raise translate_validation(form.errors)
