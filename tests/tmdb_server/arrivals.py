"""The log of what arrived and when, from which a client's pace and order can be judged."""

import json
import re
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from typing import IO, Any, NamedTuple

SECOND = 1.0
_TITLE = re.compile(r"/3/movie/(\d+)$")
_FETCHED = frozenset((200, 304))


class Arrival(NamedTuple):
    # Of time.monotonic, which no correction of the clock can move.
    at: float
    method: str
    path: str
    # Without the credential.
    query: str
    status: int
    has_credential: bool


class Arrivals:
    def __init__(self, *, log: IO[str] | None = None) -> None:
        self._arrivals: list[Arrival] = []
        self._log = log
        self._epoch_offset = time.time() - time.monotonic()

    def __iter__(self) -> Iterator[Arrival]:
        return iter(self._arrivals)

    def add(self, arrival: Arrival) -> None:
        self._arrivals.append(arrival)
        if self._log is not None:
            self._log.write(self._line(arrival))

    def clear(self) -> None:
        self._arrivals.clear()

    def lines(self) -> str:
        return "".join(map(self._line, self._arrivals))

    def summary(self) -> dict[str, Any]:
        """Of the API alone: the files of the export are another host's."""
        asked = [arrival for arrival in self._arrivals if arrival.path.startswith("/3/")]
        fetched = Counter(_titles(asked))
        times = sorted(arrival.at for arrival in asked)
        seconds = times[-1] - times[0] if times else 0.0
        return {
            "total": len(asked),
            "seconds": seconds,
            "mean_rate": (len(asked) - 1) / seconds if seconds else 0.0,
            "max_in_one_second": most_in_one_second(times),
            "by_status": {
                str(status): number
                for status, number in sorted(Counter(a.status for a in asked).items())
            },
            "titles": len(fetched),
            "fetched_twice": {
                str(title): number for title, number in fetched.items() if number > 1
            },
            "exports": len(self._arrivals) - len(asked),
        }

    def _line(self, arrival: Arrival) -> str:
        content = {"time": arrival.at + self._epoch_offset, **arrival._asdict()}
        return json.dumps(content, separators=(",", ":")) + "\n"


def most_in_one_second(times: Iterable[float]) -> int:
    """The most in any window of a second, wherever it begins; `times` in rising order."""
    window: deque[float] = deque()
    most = 0
    for moment in times:
        window.append(moment)
        while moment - window[0] >= SECOND:
            window.popleft()
        most = max(most, len(window))
    return most


def _titles(arrivals: Iterable[Arrival]) -> Iterator[int]:
    for arrival in arrivals:
        if arrival.status in _FETCHED and (found := _TITLE.match(arrival.path)):
            yield int(found[1])
