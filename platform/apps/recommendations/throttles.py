from typing import TYPE_CHECKING

from rest_framework.request import Request

from apps.core.throttles import Counted, UserThrottle, ordinary

if TYPE_CHECKING:
    from rest_framework.views import APIView


class ExplanationThrottle(UserThrottle):
    """Each list may be asked about once for each of its films, and a worker computes it."""

    scope = "explanation_user"


class EventsThrottle(UserThrottle):
    """A client that shows films tells of many at once; none has to tell of each by itself."""

    scope = "events_user"

    def allow_request(self, request: Request, view: "APIView") -> bool:
        self._opens_streams = getattr(view, "opens_streams", False)
        return super().allow_request(request, view)

    def counted(self, request: Request) -> Counted:
        """At the same address a push process opens streams, and a web process says where to ask."""
        if request.method not in ("GET", "HEAD"):
            return super().counted(request)
        if not self._opens_streams:
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
