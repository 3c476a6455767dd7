"""What the list of films takes beside the filters that searches have, too."""

from django import forms
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from apps.movies.adult_films import is_adult_included
from apps.movies.filter_fields import LONGEST_TITLE_PART, SHORTEST_TITLE_PART, OrderingField
from apps.movies.filtering.film_filter import FilmFilter
from apps.movies.filtering.listing import FilteredFilms
from apps.movies.filtering.orderings import DEFAULT, ORDERINGS
from apps.movies.filtering.parameters import FilmFilterForm, film_filter, read_form


class MovieListForm(FilmFilterForm):
    title = forms.CharField(
        required=False,
        strip=False,
        min_length=SHORTEST_TITLE_PART,
        max_length=LONGEST_TITLE_PART,
    )
    ordering = OrderingField(required=False, choices=[(name, name) for name in ORDERINGS])


OWN_PARAMETERS = [
    OpenApiParameter(
        "title",
        {"type": "string", "minLength": SHORTEST_TITLE_PART, "maxLength": LONGEST_TITLE_PART},
        description="A part of the title, in any case of letters; `movies/search/` is faster.",
    ),
    OpenApiParameter(
        "ordering",
        {"type": "string", "enum": list(ORDERINGS), "default": DEFAULT},
        description="By `vote_average` and `release_date` only films are listed that have one.",
    ),
]


def listed_films(request: Request) -> FilteredFilms:
    """Those that the request asks for, which does not know what pages are.

    Raises as `read_form` does.
    """
    # A form takes longer than the page, also where there is nothing for it.
    if not MovieListForm.base_fields.keys() & request.query_params.keys():
        every_film = FilmFilter(include_adult=is_adult_included(request))
        return FilteredFilms(every_film, DEFAULT)
    asked = read_form(MovieListForm, request)
    return FilteredFilms(film_filter(asked, request), asked["ordering"] or DEFAULT)
