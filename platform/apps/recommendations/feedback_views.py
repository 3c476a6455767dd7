from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_200_OK, HTTP_201_CREATED
from rest_framework.views import APIView

from apps.core.errors import ErrorCode
from apps.core.parameters import refuse_unknown_parameters
from apps.core.schema import AUTH_ERRORS, BODY_ERRORS, errors
from apps.favorites.refusals import gone_parents_refused
from apps.favorites.views.writing import find_movie
from apps.users.requests import viewer_of

from . import actions, event_examples
from .feedback_serializers import FeedbackInput, FeedbackOutput, feedback_data
from .throttles import FeedbackThrottle


class FeedbackView(APIView):
    throttle_classes = (FeedbackThrottle,)

    @extend_schema(
        tags=["recommendations"],
        operation_id="recommendation_feedback",
        summary="Say what you think of a recommendation",
        request=FeedbackInput,
        responses={
            201: OpenApiResponse(FeedbackOutput, "Written."),
            200: OpenApiResponse(FeedbackOutput, "Changed, said already, or not kept."),
            **errors(
                ErrorCode.UNKNOWN_PARAMETER,
                ErrorCode.MOVIE_NOT_FOUND,
                *BODY_ERRORS,
                *AUTH_ERRORS,
            ),
        },
        examples=[
            event_examples.FEEDBACK,
            event_examples.FEEDBACK_GIVEN,
            event_examples.FEEDBACK_UNCHANGED,
        ],
    )
    def post(self, request: Request) -> Response:
        """Like a recommended film or not, hide it, or say that you have seen it.

        It is written into your library at once: `like` is a rating of 8 and `dislike` one of 2,
        unless a rating of yours says the same (7 or more, 4 or less); `not_interested` hides the
        film, and `already_seen` is a viewing of unknown moment, unless you are private. Said
        again, nothing changes. With `list_id` the list is known to have shown the film.
        """
        refuse_unknown_parameters(request, allowed=set())
        body = FeedbackInput(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        movie, feedback = find_movie(said["film"]), actions.Feedback(said["feedback"])
        with gone_parents_refused():
            given = actions.give_feedback(
                user=viewer_of(request),
                movie=movie,
                feedback=feedback,
                list_id=said["list_id"],
                surface=said["surface"],
                at=timezone.now(),
            )
        is_new = given.written.outcome is actions.Outcome.CREATED
        data = feedback_data(given, movie_id=movie.pk, feedback=feedback)
        return Response(data, status=HTTP_201_CREATED if is_new else HTTP_200_OK)
