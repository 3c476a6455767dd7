from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import APIError, ErrorCode
from apps.core.field_selection import PARAMETER, chosen_fields, fields_parameter
from apps.core.json_answers import json_answer
from apps.core.pagination import PagePagination
from apps.core.parameters import refuse_unknown_parameters
from apps.core.schema import LIST_ERRORS, errors
from apps.movies import examples
from apps.movies.film_pages import Key, read_film_page
from apps.movies.filtering.parameters import PARAMETERS
from apps.movies.fragments import read_fragments
from apps.movies.models import Genre, Movie
from apps.movies.serializers.film_page_data import film_page_data
from apps.movies.serializers.film_pages import MovieDetailOutput
from apps.movies.serializers.films import GenreOutput, MovieOutput

from .film_list_parameters import OWN_PARAMETERS, MovieListForm, listed_films
from .film_lists import FIELDS, CatalogueView, page_of_films, states_of

PAGE_FIELDS: tuple[str, ...] = tuple(MovieDetailOutput.Meta.fields)

_PAGE_RESPONSES = {
    200: MovieDetailOutput,
    **errors(
        ErrorCode.INVALID,
        ErrorCode.UNKNOWN_PARAMETER,
        ErrorCode.MOVIE_NOT_FOUND,
        ErrorCode.TOKEN_NOT_VALID,
    ),
}


class MovieListView(CatalogueView, GenericAPIView[Movie]):
    serializer_class = MovieOutput
    filter_backends = ()
    queryset = Movie.objects.none()
    own_parameters = (PARAMETER, *MovieListForm.base_fields)

    @extend_schema(
        tags=["movies"],
        operation_id="movie_list",
        summary="List films",
        parameters=[*PARAMETERS, *OWN_PARAMETERS, FIELDS],
        responses={
            200: MovieOutput(many=True),
            **errors(*LIST_ERRORS, ErrorCode.NOT_AUTHENTICATED, ErrorCode.TOKEN_NOT_VALID),
        },
        examples=[examples.FILM],
    )
    def get(self, request: Request) -> HttpResponse:
        """List films, most popular first unless `ordering` says otherwise.

        All that is asked for has to be true of a film. A film of which something is not known is
        not found by it.
        """
        # What cannot be used is refused before anything is looked for.
        PagePagination().read_parameters(request, self)
        return json_answer(page_of_films(request, listed_films(request), view=self))


class FilmPageView(CatalogueView):
    """Shows the film that the address names."""

    def show(self, request: Request, *, by: Key, number: int) -> HttpResponse:
        refuse_unknown_parameters(request, allowed={PARAMETER})
        chosen = chosen_fields(request, PAGE_FIELDS)
        try:
            page = read_film_page(by=by, number=number, chosen=chosen)
        except Movie.DoesNotExist as error:
            raise APIError(ErrorCode.MOVIE_NOT_FOUND) from error
        film = read_fragments([page.movie_id]).get(page.movie_id)
        if film is None:
            raise APIError(ErrorCode.MOVIE_NOT_FOUND)
        state = states_of(request, [page.movie_id], chosen).get(page.movie_id)
        return json_answer(film_page_data(page, film, state, chosen=chosen))


class MovieDetailView(FilmPageView):
    @extend_schema(
        tags=["movies"],
        operation_id="movie_detail",
        summary="Show a film",
        parameters=[fields_parameter(PAGE_FIELDS, of="the film")],
        responses=_PAGE_RESPONSES,
        examples=[examples.FILM_PAGE],
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Show everything that is known of a film.

        A film that TMDb has removed is in no list, and one for adults only where `include_adult` is
        true, but both have their pages, since viewers may have rated them; `is_removed` and
        `is_adult` say so.
        """
        return self.show(request, by="id", number=pk)


class MovieByTMDbIdView(FilmPageView):
    @extend_schema(
        tags=["movies"],
        operation_id="movie_by_tmdb_id",
        summary="Show a film by its TMDb id",
        parameters=[fields_parameter(PAGE_FIELDS, of="the film")],
        responses=_PAGE_RESPONSES,
        examples=[examples.FILM_PAGE],
    )
    def get(self, request: Request, tmdb_id: int) -> HttpResponse:
        """Show the film that TMDb knows by this id, as `movies/{id}/` does."""
        return self.show(request, by="tmdb_id", number=tmdb_id)


class GenreListView(CatalogueView, ListAPIView[Genre]):
    serializer_class = GenreOutput
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Genre]:
        return Genre.objects.order_by("name", "pk")

    @extend_schema(
        tags=["movies"],
        auth=[],
        operation_id="genre_list",
        summary="List genres",
        responses={
            200: GenreOutput(many=True),
            **errors(*LIST_ERRORS, ErrorCode.TOKEN_NOT_VALID),
        },
        examples=[examples.GENRE_LISTED],
    )
    def get(self, request: Request) -> Response:
        """List all genres by name; the film list filters by a genre's `slug` or `id`."""
        return self.list(request)
