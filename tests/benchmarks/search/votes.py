"""How many votes invented films have, so that those of all films are spread as TMDb's are."""

import math
import random
from bisect import bisect_left
from collections.abc import Iterable
from itertools import pairwise

# Of all films, so large a part has at least so many votes.
SHARES = ((1, 0.3), (10, 0.07), (100, 0.02), (1_000, 0.004))
MOST_VOTES = 20_000
# How fast the number of films falls beyond the last of these.
LAST_EXPONENT = 1.2
LEAST_POPULARITY, MOST_POPULARITY = 0.6, 60.0
NOISE = 0.3


class Votes:
    """Draws by a power law; what the real films have already is not given a second time."""

    def __init__(self, real: Iterable[int], *, invented: int, rng: random.Random) -> None:
        counts = sorted(real)
        films = len(counts) + invented
        self._rng = rng
        self._steps = [
            (votes, max(0.0, films * share - len(counts) + bisect_left(counts, votes)) / invented)
            for votes, share in SHARES
        ]
        self._steps.append((MOST_VOTES + 1, 0.0))

    def draw(self) -> int:
        place = 1 - self._rng.random()
        for (votes, share), (more, smaller) in pairwise(self._steps):
            if place > share:
                break
            if place > smaller:
                exponent = math.log(share / smaller, more / votes) if smaller else LAST_EXPONENT
                return min(int(votes * (share / place) ** (1 / exponent)), more - 1)
        return 0

    def popularity(self, votes: int) -> float:
        fame = math.log1p(votes) / math.log1p(MOST_VOTES)
        mean: float = LEAST_POPULARITY * (MOST_POPULARITY / LEAST_POPULARITY) ** fame
        return round(mean * self._rng.lognormvariate(0, NOISE), 3)
