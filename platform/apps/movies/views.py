from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.errors import APIError, ErrorCode
from apps.core.schema import LIST_ERRORS, errors

from .examples import GENRE, MOVIE
from .filters import MovieFilter
from .models import Genre, Movie
from .serializers import GenreOutput, MovieOutput


class MovieListView(ListAPIView[Movie]):
    permission_classes = (AllowAny,)
    serializer_class = MovieOutput
    filter_backends = (DjangoFilterBackend,)
    filterset_class = MovieFilter

    def get_queryset(self) -> QuerySet[Movie]:
        return Movie.objects.by_popularity().with_genres()

    @extend_schema(
        tags=["movies"],
        auth=[],
        operation_id="movie_list",
        summary="List films",
        responses={
            200: MovieOutput(many=True),
            **errors(*LIST_ERRORS, ErrorCode.TOKEN_NOT_VALID),
        },
        examples=[OpenApiExample("film", value=MOVIE, response_only=True, status_codes=["200"])],
    )
    def get(self, request: Request) -> Response:
        """List films, most popular first unless `ordering` says otherwise."""
        return self.list(request)


class MovieDetailView(APIView):
    permission_classes = (AllowAny,)

    @extend_schema(
        tags=["movies"],
        auth=[],
        operation_id="movie_detail",
        summary="Show a film",
        responses={
            200: MovieOutput,
            **errors(ErrorCode.MOVIE_NOT_FOUND, ErrorCode.TOKEN_NOT_VALID),
        },
        examples=[OpenApiExample("film", value=MOVIE, response_only=True, status_codes=["200"])],
    )
    def get(self, _request: Request, pk: int) -> Response:
        """Show one film."""
        movie = Movie.objects.with_genres().filter(pk=pk).first()
        if movie is None:
            raise APIError(ErrorCode.MOVIE_NOT_FOUND)
        return Response(MovieOutput(movie).data)


class GenreListView(ListAPIView[Genre]):
    permission_classes = (AllowAny,)
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
        examples=[OpenApiExample("genre", value=GENRE, response_only=True, status_codes=["200"])],
    )
    def get(self, request: Request) -> Response:
        """List all genres by name; a genre's `slug` is what the film list filters by."""
        return self.list(request)
