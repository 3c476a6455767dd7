"""At most so many requests in any second, as TMDb says of itself without saying how."""

from collections import deque

SECOND = 1.0


class SlidingLimit:
    """What is refused does not count against the limit. 0 is no limit."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        # The header of a refusal; None: absent.
        self.retry_after: str | None = "1"
        self._admitted: deque[float] = deque()

    def admits(self, at: float) -> bool:
        if not self.limit:
            return True
        admitted = self._admitted
        while admitted and at - admitted[0] >= SECOND:
            admitted.popleft()
        if len(admitted) >= self.limit:
            return False
        admitted.append(at)
        return True
