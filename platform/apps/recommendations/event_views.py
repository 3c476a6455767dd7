from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.errors import ErrorCode
from apps.core.parameters import refuse_unknown_parameters
from apps.core.schema import AUTH_ERRORS, BODY_ERRORS, errors
from apps.favorites.refusals import gone_parents_refused
from apps.users.requests import viewer_of

from . import actions, event_examples
from .event_serializers import EventsInput, EventsOutput, events_data, shown_film
from .throttles import EventsThrottle


class EventsView(APIView):
    throttle_classes = (EventsThrottle,)

    @extend_schema(
        tags=["recommendations"],
        operation_id="recommendation_events",
        summary="Tell what was shown and clicked",
        request=EventsInput,
        responses={
            200: OpenApiResponse(EventsOutput, "Kept, but for what is ignored."),
            **errors(ErrorCode.UNKNOWN_PARAMETER, *BODY_ERRORS, *AUTH_ERRORS),
        },
        examples=[event_examples.EVENTS, event_examples.RECORDED, event_examples.NOT_RECORDED],
    )
    def post(self, request: Request) -> Response:
        """Tell of up to 200 films that you were shown, or opened.

        By this alone the platform learns how good its lists are. A film counts once for each list
        and surface, so a request may be repeated; a click says that the film was shown, too. An
        event that names no list of yours, or a film that is not in it, is left out and told by its
        index. While you are private nothing is kept.
        """
        refuse_unknown_parameters(request, allowed=set())
        now = timezone.now()
        body = EventsInput(data=request.data)
        body.is_valid(raise_exception=True)
        events = [shown_film(event, at=now) for event in body.validated_data["events"]]
        with gone_parents_refused():
            recorded = actions.record_events(user=viewer_of(request), events=events, at=now)
        return Response(events_data(recorded, events=len(events)))
