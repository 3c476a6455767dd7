from typing import TypeVar

from django.db.models import QuerySet
from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.errors import APIError, ErrorCode
from apps.core.schema import AUTH_ERRORS, BODY_ERRORS, LIST_ERRORS, errors
from apps.favorites import actions, examples
from apps.favorites.models import NotInterested
from apps.favorites.not_interested_filter import NotInterestedFilter
from apps.favorites.refusals import NO_SUCH_GENRE, gone_rows_refused
from apps.favorites.serializers.not_interested import (
    NotInterestedInput,
    NotInterestedOutput,
    NotInterestedWrittenOutput,
)
from apps.movies.film_cards import cards_for
from apps.movies.models import Genre, Person
from apps.movies.serializers.films import CARDS
from apps.movies.views.rows import FilmRowsView
from apps.users.requests import viewer_of

from .writing import DELETED, find_movie, written

Subject = TypeVar("Subject", Person, Genre)


class NotInterestedListView(FilmRowsView[NotInterested]):
    serializer_class = NotInterestedOutput
    filter_backends = (DjangoFilterBackend,)
    filterset_class = NotInterestedFilter
    # Tells the document's generator, which has no viewer, whose filters these are.
    queryset = NotInterested.objects.none()

    def get_queryset(self) -> QuerySet[NotInterested]:
        rows = NotInterested.objects.for_user(viewer_of(self.request))
        return rows.newest_first().with_subjects()

    @extend_schema(
        tags=["not-interested"],
        operation_id="not_interested_list",
        summary="List what you are not interested in",
        responses={200: NotInterestedOutput(many=True), **errors(*LIST_ERRORS, *AUTH_ERRORS)},
        examples=[examples.NOT_INTERESTED_SHOWN, examples.NOT_INTERESTED_IN_FILM_SHOWN],
    )
    def get(self, request: Request) -> Response:
        """List the films, people and genres that you do not want, newest first by default."""
        return self.list(request)

    @extend_schema(
        tags=["not-interested"],
        operation_id="not_interested_add",
        summary="Say that you are not interested",
        request=NotInterestedInput,
        responses={
            201: OpenApiResponse(NotInterestedWrittenOutput, "Noted."),
            200: OpenApiResponse(NotInterestedWrittenOutput, "It was known already."),
            **errors(
                ErrorCode.MOVIE_NOT_FOUND,
                ErrorCode.PERSON_NOT_FOUND,
                ErrorCode.NOT_FOUND,
                *BODY_ERRORS,
                *AUTH_ERRORS,
            ),
        },
        examples=[
            examples.BY_MOVIE_ID,
            examples.BY_TMDB_ID,
            examples.BY_PERSON_ID,
            examples.BY_GENRE_ID,
            examples.NOT_INTERESTED_WRITTEN,
            examples.NOT_INTERESTED_IN_FILM_WRITTEN,
        ],
    )
    def post(self, request: Request) -> Response:
        """Say that you do not want a film, the films of a person, or those of a genre.

        They leave your recommendations at once. An unknown genre is answered with `not_found`.
        """
        body = NotInterestedInput(data=request.data)
        body.is_valid(raise_exception=True)
        subject = _find_subject(body.validated_data)
        with gone_rows_refused():
            added = actions.hide_subject(
                user=viewer_of(request), subject=subject, at=timezone.now()
            )
        cards = cards_for(request, _film_ids(added.row))
        if added.row.movie_id is not None and added.row.movie_id not in cards:
            raise APIError(ErrorCode.MOVIE_NOT_FOUND)
        data = NotInterestedOutput(added.row, context={CARDS: cards}).data
        return written(data, revision=added.revision, created=added.created)


def _find_subject(named: dict[str, int]) -> actions.HiddenSubject:
    """What the one id of the body names."""
    ((name, number),) = named.items()
    if name == "person_id":
        person = Person.objects.filter(pk=number).first()
        return _known(person, APIError(ErrorCode.PERSON_NOT_FOUND))
    if name == "genre_id":
        genre = Genre.objects.filter(pk=number).first()
        return _known(genre, APIError(ErrorCode.NOT_FOUND, NO_SUCH_GENRE))
    return find_movie({"pk" if name == "movie_id" else "tmdb_id": number})


def _known(subject: Subject | None, error: APIError) -> Subject:
    if subject is None:
        raise error
    return subject


def _film_ids(row: NotInterested) -> list[int]:
    return [] if row.movie_id is None else [row.movie_id]


class NotInterestedDetailView(APIView):
    @extend_schema(
        tags=["not-interested"],
        operation_id="not_interested_remove",
        summary="Take a “not interested” back",
        responses={200: DELETED, **errors(ErrorCode.NOT_FOUND, *AUTH_ERRORS)},
        examples=[examples.REVISION],
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Take back that you are not interested, by the row's own id."""
        with gone_rows_refused():
            revision = actions.unhide_subject(user=viewer_of(request), row_id=pk, at=timezone.now())
        return Response({"taste_revision": revision})
