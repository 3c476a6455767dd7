from apps.core.throttles import UserThrottle


class ExplanationThrottle(UserThrottle):
    """Each list may be asked about once for each of its films, and a worker computes it."""

    scope = "explanation_user"


class RefreshThrottle(UserThrottle):
    """A worker builds a list for each, unless they come faster than lists do."""

    scope = "refresh_user"
