from apps.core.throttles import UserThrottle


class ExplanationThrottle(UserThrottle):
    """Each list may be asked about once for each of its films, and a worker computes it."""

    scope = "explanation_user"
