from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django_filters.utils import translate_validation
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from apps.core.errors import ErrorCode
from apps.core.field_selection import (
    PARAMETER,
    Chosen,
    chosen_fields,
    fields_parameter,
    is_chosen,
)
from apps.core.json_answers import json_answer
from apps.core.movie_states import MovieState
from apps.core.pagination import PagePagination
from apps.core.parameters import integer_parameter, refuse_unknown_parameters
from apps.core.schema import LIST_ERRORS, errors
from apps.movies import examples
from apps.movies.adult_films import INCLUDE_ADULT, is_adult_included
from apps.movies.filter_fields import (
    LONGEST_TITLE_PART,
    SHORTEST_TITLE_PART,
    NoEmptyValuesForm,
    TruthField,
    WordsField,
)
from apps.movies.filtering.film_filter import FilmFilter
from apps.movies.filtering.narrowing import narrowing_of
from apps.movies.filtering.parameters import PARAMETERS, FilmFilterForm, film_filter, read_form
from apps.movies.fragments import Fragment, read_fragments
from apps.movies.search.finding import Found, find
from apps.movies.search.highlights import Match, matches
from apps.movies.serializers.search import (
    FOUND_FIELDS,
    SUGGESTION_FIELDS,
    MovieSearchOutput,
    SuggestionsOutput,
)

from .film_lists import CatalogueView, states_of
from .rankings import PAGES, count_parameter

DEFAULT_SUGGESTIONS, MOST_SUGGESTIONS = 8, 20
Q = {"type": "string", "minLength": SHORTEST_TITLE_PART, "maxLength": LONGEST_TITLE_PART}
CORRECT = OpenApiParameter(
    "correct",
    {"type": "boolean", "default": True},
    description="Whether to find by other words if these are typos.",
)
WORDS = "Words of titles, people or keywords; the last may be only begun."


class SearchForm(FilmFilterForm):
    q = WordsField(strip=False, min_length=SHORTEST_TITLE_PART, max_length=LONGEST_TITLE_PART)
    correct = TruthField(required=False)


class SuggestionForm(NoEmptyValuesForm):
    q = WordsField(strip=False, max_length=LONGEST_TITLE_PART)
    include_adult = TruthField(required=False)


class MovieSearchView(CatalogueView):
    own_parameters = (PARAMETER, *SearchForm.base_fields)

    @extend_schema(
        tags=["movies"],
        operation_id="movie_search",
        summary="Search films",
        parameters=[
            OpenApiParameter("q", Q, required=True, description=WORDS),
            *PARAMETERS,
            CORRECT,
            *PAGES,
            fields_parameter(FOUND_FIELDS),
        ],
        responses={
            200: MovieSearchOutput,
            **errors(*LIST_ERRORS, ErrorCode.NOT_AUTHENTICATED, ErrorCode.TOKEN_NOT_VALID),
        },
        examples=[examples.SEARCH],
    )
    def get(self, request: Request) -> HttpResponse:
        """Find films by words of titles in all languages, of people's names and of keywords.

        Accents, capital letters and signs do not matter, and typos little: see `corrected_query`.
        A title's initials find it, too. The best known come first among those that match as well.
        At most 300 films are found, among those that have all that is asked for besides: further
        words or filters lead further than pages.
        """
        chosen = chosen_fields(request, FOUND_FIELDS)
        paginator = PagePagination()
        paginator.read_parameters(request, self)
        asked = read_form(SearchForm, request)
        found = found_films(asked, film_filter(asked, request))
        movie_ids = paginator.paginate_queryset(found.movie_ids, request, self)
        states = states_of(request, movie_ids, chosen)
        shown = _shown(request, movie_ids)
        rows = _rows(shown, found, states=states, chosen=chosen)
        return json_answer({"corrected_query": found.corrected_query} | paginator.page_of(rows))


class MovieSuggestionsView(CatalogueView):
    @extend_schema(
        tags=["movies"],
        operation_id="movie_suggestions",
        summary="Suggest films while somebody types",
        parameters=[
            OpenApiParameter("q", Q | {"minLength": 1}, required=True, description=WORDS),
            count_parameter(
                "limit",
                "How many at most.",
                default=DEFAULT_SUGGESTIONS,
                maximum=MOST_SUGGESTIONS,
            ),
            INCLUDE_ADULT,
        ],
        responses={
            200: SuggestionsOutput,
            **errors(ErrorCode.INVALID, ErrorCode.UNKNOWN_PARAMETER, ErrorCode.TOKEN_NOT_VALID),
        },
        examples=[examples.SUGGESTIONS],
    )
    def get(self, request: Request) -> HttpResponse:
        """Suggest films by what has been typed so far: a search with few fields and no pages."""
        refuse_unknown_parameters(request, allowed={"limit", *SuggestionForm.base_fields})
        limit = integer_parameter(
            request, "limit", default=DEFAULT_SUGGESTIONS, maximum=MOST_SUGGESTIONS
        )
        found = _suggested(request)
        shown = _shown(request, found.movie_ids[:limit])
        rows = _rows(shown, found, states={}, chosen=frozenset(SUGGESTION_FIELDS))
        return json_answer({"corrected_query": found.corrected_query, "results": rows})


def found_films(asked: dict[str, Any], films: FilmFilter) -> Found:
    """Of what `SearchForm` read, among the films."""
    return find(asked["q"], narrowing=narrowing_of(films), as_written=asked["correct"] is False)


def _suggested(request: Request) -> Found:
    form = SuggestionForm(request.query_params)
    if not form.is_valid():
        raise translate_validation(form.errors)
    every_film = FilmFilter(include_adult=is_adult_included(request))
    return find(form.cleaned_data["q"], narrowing=narrowing_of(every_film))


def _shown(request: Request, movie_ids: Sequence[int]) -> dict[int, Fragment]:
    """The films in this order, without those that were hidden since they were indexed."""
    read = read_fragments(movie_ids)
    include_adult = is_adult_included(request)
    found = ((pk, read[pk]) for pk in movie_ids if pk in read)
    return {pk: film for pk, film in found if film.is_shown(include_adult=include_adult)}


def _rows(
    films: Mapping[int, Fragment],
    found: Found,
    *,
    states: Mapping[int, MovieState],
    chosen: Chosen,
) -> list[dict[str, Any]]:
    rows = {pk: film.data(states.get(pk), chosen=chosen) for pk, film in films.items()}
    if is_chosen(chosen, "match"):
        titles = {pk: film.named() for pk, film in films.items()}
        for pk, match in matches(titles, found.words).items():
            rows[pk]["match"] = _match_data(match)
    return list(rows.values())


def _match_data(match: Match) -> dict[str, Any]:
    parts = [{"text": part.text, "is_match": part.is_match} for part in match.parts]
    return {"field": match.field, "parts": parts}
