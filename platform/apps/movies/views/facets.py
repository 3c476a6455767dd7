from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from apps.core.errors import ErrorCode
from apps.core.json_answers import json_answer
from apps.core.parameters import refuse_unknown_parameters
from apps.core.schema import errors
from apps.movies import examples
from apps.movies.filter_fields import LONGEST_TITLE_PART, SHORTEST_TITLE_PART, WordsField
from apps.movies.filtering.facets import Facets, count_facets, facets_of
from apps.movies.filtering.facts import COUNTRY, DECADE, GENRE, LANGUAGE
from apps.movies.filtering.parameters import PARAMETERS, film_filter, read_form
from apps.movies.models import Genre
from apps.movies.search.statements import MOST_FOUND
from apps.movies.serializers.facets import MovieFacetsOutput

from .film_lists import CatalogueView
from .search import CORRECT, WORDS, Q, SearchForm, found_films

# More than these nobody chooses from.
MOST_VALUES = 50


class FacetsForm(SearchForm):
    q = WordsField(
        required=False,
        strip=False,
        min_length=SHORTEST_TITLE_PART,
        max_length=LONGEST_TITLE_PART,
    )


class MovieFacetsView(CatalogueView):
    @extend_schema(
        tags=["movies"],
        operation_id="movie_facets",
        summary="Count films by genre, decade, language and country",
        parameters=[OpenApiParameter("q", Q, description=WORDS), CORRECT, *PARAMETERS],
        responses={
            200: MovieFacetsOutput,
            **errors(
                ErrorCode.INVALID,
                ErrorCode.UNKNOWN_PARAMETER,
                ErrorCode.NOT_AUTHENTICATED,
                ErrorCode.TOKEN_NOT_VALID,
            ),
        },
        examples=[examples.FACETS],
    )
    def get(self, request: Request) -> HttpResponse:
        """Tell by what the films that fit could be narrowed further, and how many would be left.

        With `q` the films that a search finds are counted.
        """
        refuse_unknown_parameters(request, allowed=set(FacetsForm.base_fields))
        facets = _counted(request)
        return json_answer(
            {
                "counted": facets.counted,
                "is_complete": facets.is_complete,
                "genres": _genres(facets),
                "decades": [
                    {"decade": int(decade), "count": count}
                    for decade, count in facets.most_common(DECADE)
                ],
                "languages": _values(facets, LANGUAGE, "language"),
                "countries": _values(facets, COUNTRY, "country"),
            }
        )


def _counted(request: Request) -> Facets:
    asked = read_form(FacetsForm, request)
    films = film_filter(asked, request)
    if not asked["q"]:
        return count_facets(films)
    found = found_films(asked, films).movie_ids
    return facets_of(found, is_complete=len(found) < MOST_FOUND)


def _genres(facets: Facets) -> list[dict[str, Any]]:
    genres = Genre.objects.in_bulk()
    return [
        {"id": genre.pk, "name": genre.name, "slug": genre.slug, "count": count}
        for genre_id, count in facets.most_common(GENRE)
        if (genre := genres.get(int(genre_id)))
    ]


def _values(facets: Facets, kind: str, name: str) -> list[dict[str, Any]]:
    return [
        {name: value, "count": count} for value, count in facets.most_common(kind)[:MOST_VALUES]
    ]
