from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import APIError, ErrorCode
from apps.core.parameters import refuse_unknown_parameters
from apps.core.schema import errors
from apps.movies import examples
from apps.movies.adult_films import INCLUDE_ADULT, PARAMETER, is_adult_included
from apps.movies.fragments import read_fragments
from apps.movies.models import Person
from apps.movies.people_pages import read_person_page
from apps.movies.serializers.people import PersonOutput, person_data
from apps.movies.states import states_for

from .film_lists import CatalogueView


class PersonDetailView(CatalogueView):
    @extend_schema(
        tags=["people"],
        operation_id="person_detail",
        summary="Show a person",
        parameters=[INCLUDE_ADULT],
        responses={
            200: PersonOutput,
            **errors(
                ErrorCode.INVALID,
                ErrorCode.UNKNOWN_PARAMETER,
                ErrorCode.PERSON_NOT_FOUND,
                ErrorCode.TOKEN_NOT_VALID,
            ),
        },
        examples=[examples.PERSON_PAGE],
    )
    def get(self, request: Request, pk: int) -> Response:
        """Show a person of the cast or the crew, and their films, those with most votes first."""
        refuse_unknown_parameters(request, allowed={PARAMETER})
        include_adult = is_adult_included(request)
        try:
            page = read_person_page(pk, include_adult=include_adult)
        except Person.DoesNotExist as error:
            raise APIError(ErrorCode.PERSON_NOT_FOUND) from error
        states = states_for(request, page.movie_ids)
        films = read_fragments(page.movie_ids)
        return Response(person_data(page, films, states=states))
