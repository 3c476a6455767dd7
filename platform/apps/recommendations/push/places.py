"""How many streams and waits a process has open, for each viewer and in all."""

from collections import Counter
from threading import Lock

from django.conf import settings

from apps.core.errors import APIError, ErrorCode

RETRY_AFTER_SECONDS = 10


class Places:
    """Taken on the thread that lets a request in, freed by the event loop."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._of_viewers: Counter[int] = Counter()
        self._taken = 0

    def take(self, user_id: int) -> None:
        """Raises APIError: `streams_full`, or `too_many_streams` of one viewer."""
        with self._lock:
            if self._taken >= settings.PUSH_MAX_STREAMS:
                raise APIError(ErrorCode.STREAMS_FULL)
            if self._of_viewers[user_id] >= settings.PUSH_MAX_STREAMS_PER_VIEWER:
                raise APIError(ErrorCode.TOO_MANY_STREAMS)
            self._of_viewers[user_id] += 1
            self._taken += 1

    def free(self, user_id: int) -> None:
        with self._lock:
            self._taken -= 1
            self._of_viewers[user_id] -= 1
            if not self._of_viewers[user_id]:
                del self._of_viewers[user_id]

    def taken(self) -> int:
        return self._taken


places = Places()
