from rest_framework.request import Request

from apps.core.throttles import Counted, UserThrottle, ordinary


class ExplanationThrottle(UserThrottle):
    """Each list may be asked about once for each of its films, and a worker computes it."""

    scope = "explanation_user"


class EventsThrottle(UserThrottle):
    """A client that shows films tells of many at once; none has to tell of each by itself."""

    scope = "events_user"

    def counted(self, request: Request) -> Counted:
        """A stream is opened at the same address. Who brings a ticket is known where it is used."""
        if request.method != "GET":
            return super().counted(request)
        if not request.user.is_authenticated:
            return ordinary(request)
        return [(StreamThrottle.scope, str(request.user.pk))]


class FeedbackThrottle(UserThrottle):
    """Each changes the viewer's taste, and has a list built."""

    scope = "feedback_user"


class StreamThrottle(UserThrottle):
    """Each is a look at the account and its rows; clients come back when a connection is lost."""

    scope = "stream_user"


class RefreshThrottle(UserThrottle):
    """A worker builds a list for each, unless they come faster than lists do."""

    scope = "refresh_user"
