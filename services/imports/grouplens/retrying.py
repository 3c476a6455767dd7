"""How long a download waits for its server, and when it gives up."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from .errors import DownloadUnfinishedError, PassingFailureError

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """Time-outs, and pauses that double from attempt to attempt with full jitter.

    Full jitter (any length up to the bound) keeps clients that failed together from coming
    back together: Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
    `attempts` are counted in a row, since the last one that brought new bytes. A server that
    asks for more than `longest_pause_seconds` is left alone.
    """

    connect_seconds: float = 10
    read_seconds: float = 60
    attempts: int = 6
    first_pause_seconds: float = 1
    longest_pause_seconds: float = 60
    sleep: Callable[[float], None] = time.sleep
    uniform: Callable[[float, float], float] = random.uniform

    def pause_seconds(self, failures: int) -> float:
        bound = self.first_pause_seconds * 2.0 ** (failures - 1)
        return self.uniform(0, min(bound, self.longest_pause_seconds))


def retry(
    attempt: Callable[[], T],
    *,
    patience: Patience,
    note: Callable[[str], None],
    reached: Callable[[], int] = lambda: 0,
) -> T:
    """Repeat `attempt` while it fails in a way that may pass. `reached` counts stored bytes.

    Only bytes beyond the highest mark count as progress: a server that starts over each time
    and breaks off at the same place would otherwise be asked for ever.

    Raises:
        DownloadUnfinishedError: the attempts are used up, or the server asks for a long pause.
    """
    failures, highest = 0, reached()
    while True:
        try:
            return attempt()
        except PassingFailureError as failure:
            failures = 1 if reached() > highest else failures + 1
            highest = max(highest, reached())
            if failures >= patience.attempts:
                raise DownloadUnfinishedError(str(failure)) from failure
            seconds = _pause(failure, failures, patience)
            note(f"{failure}. Trying again in {seconds:.0f} s.")
        patience.sleep(seconds)


def _pause(failure: PassingFailureError, failures: int, patience: Patience) -> float:
    if failure.retry_after is None:
        return patience.pause_seconds(failures)
    if failure.retry_after > patience.longest_pause_seconds:
        message = f"{failure} and asks to be left alone for {failure.retry_after:.0f} s"
        raise DownloadUnfinishedError(message) from failure
    return failure.retry_after
