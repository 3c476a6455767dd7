from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.errors import ErrorCode
from apps.core.parameters import integer_parameter, refuse_unknown_parameters
from apps.core.schema import AUTH_ERRORS, BODY_ERRORS, errors
from apps.favorites import examples as favorites_examples
from apps.favorites.refusals import gone_rows_refused
from apps.favorites.views.writing import DELETED, find_movie, written
from apps.movies.film_cards import cards_for
from apps.users.requests import viewer_of

from . import actions
from . import onboarding_examples as examples
from .models import MOST_QUESTIONS
from .onboarding_serializers import (
    OnboardingOutput,
    SkipInput,
    SkipOutput,
    SkipWrittenOutput,
    questions_data,
)
from .questions import next_questions

DEFAULT_COUNT = 5
_COUNT = {"type": "integer", "minimum": 1, "maximum": MOST_QUESTIONS, "default": DEFAULT_COUNT}


class OnboardingView(APIView):
    @extend_schema(
        tags=["onboarding"],
        operation_id="onboarding_questions",
        summary="The next films to rate",
        parameters=[OpenApiParameter("count", _COUNT, description="How many films.")],
        responses={
            200: OnboardingOutput,
            **errors(ErrorCode.INVALID, ErrorCode.UNKNOWN_PARAMETER, *AUTH_ERRORS),
        },
        examples=[examples.QUESTIONS],
    )
    def get(self, request: Request) -> Response:
        """Show the films whose ratings would tell most about your taste.

        They are chosen by how probable it is that you know them, and by what knowing your opinion
        would say about all other films. Answer by rating a film, or say that you have not seen it
        with `onboarding/skips/`; the questions follow your answers within a second or so.
        `revision` says which answers they have seen.
        """
        refuse_unknown_parameters(request, allowed={"count"})
        count = integer_parameter(request, "count", default=DEFAULT_COUNT, maximum=MOST_QUESTIONS)
        progress, questions = next_questions(viewer_of(request), count=count)
        cards = cards_for(request, [question.movie_id for question in questions])
        return Response(questions_data(progress, questions, cards))


class SkipListView(APIView):
    @extend_schema(
        tags=["onboarding"],
        operation_id="onboarding_skip",
        summary="Say that you have not seen a film",
        request=SkipInput,
        responses={
            201: OpenApiResponse(SkipWrittenOutput, "Skipped."),
            200: OpenApiResponse(SkipWrittenOutput, "It was skipped already."),
            **errors(
                ErrorCode.UNKNOWN_PARAMETER,
                ErrorCode.MOVIE_NOT_FOUND,
                *BODY_ERRORS,
                *AUTH_ERRORS,
            ),
        },
        examples=[
            favorites_examples.BY_MOVIE_ID,
            favorites_examples.BY_TMDB_ID,
            examples.SKIPPED,
        ],
    )
    def post(self, request: Request) -> Response:
        """Say that you have not seen a film: you are not asked about it again.

        It tells what else you may not have seen, and keeps no film out of your recommendations.
        """
        refuse_unknown_parameters(request, allowed=set())
        body = SkipInput(data=request.data)
        body.is_valid(raise_exception=True)
        movie = find_movie(body.validated_data["film"])
        with gone_rows_refused():
            added = actions.skip_question(
                user=viewer_of(request), movie_id=movie.pk, at=timezone.now()
            )
        data = SkipOutput(added.skip).data
        return written(data, revision=added.revision, created=added.created)


class SkipDetailView(APIView):
    @extend_schema(
        tags=["onboarding"],
        operation_id="onboarding_unskip",
        summary="Be asked about a film again",
        responses={
            200: DELETED,
            **errors(ErrorCode.UNKNOWN_PARAMETER, ErrorCode.NOT_FOUND, *AUTH_ERRORS),
        },
        examples=[favorites_examples.REVISION],
    )
    def delete(self, request: Request, movie_id: int) -> Response:
        """Take back that you have not seen a film, by the film's id."""
        refuse_unknown_parameters(request, allowed=set())
        with gone_rows_refused():
            revision = actions.unskip_question(
                user=viewer_of(request), movie_id=movie_id, at=timezone.now()
            )
        return Response({"taste_revision": revision})
