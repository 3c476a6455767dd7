"""Since when films are shown, for whom and where: invented, as no data set tells it.

How much is known of a film goes by its votes; the proportions are guesses, not measured ones.
"""

import random
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from operator import itemgetter
from typing import Any, TypeVar

from services.imports.copy_stream import copy_rows
from tests.benchmarks.search.real import RealFilm
from tests.benchmarks.search.titles import LAST_YEAR

Value = TypeVar("Value")

PROVIDERS = "movies_provider (id, name, logo_path, display_priority)"
KINDS = ("flatrate", "rent", "buy", "free", "ads")
# The first of them have the most films.
REGIONS = (
    *("US", "GB", "CA", "AU", "DE", "FR", "ES", "IT", "BR", "MX", "IN", "JP"),
    *("KR", "NL", "SE", "NO", "DK", "FI", "PL", "PT", "CH", "AT", "BE", "IE"),
    *("NZ", "AR", "CL", "CO", "PE", "VE", "EC", "TR", "GR", "CZ", "HU", "RO"),
    *("BG", "HR", "RS", "SK", "SI", "EE", "LV", "LT", "UA", "ZA", "EG", "SA"),
    *("AE", "IL", "TH", "ID", "MY", "PH", "SG", "TW", "HK", "VN", "NG", "IS"),
)
# For anybody, with parents, from some twelve years on, for grown-ups only.
CERTIFICATIONS: Mapping[str, Sequence[str]] = {
    "US": ("G", "PG", "PG-13", "R"),
    "GB": ("U", "PG", "12A", "18"),
    "DE": ("0", "6", "12", "16"),
    "FR": ("TP", "10", "12", "16"),
    "BR": ("L", "10", "12", "16"),
    "AU": ("G", "PG", "M", "MA15+"),
    "CA": ("G", "PG", "14A", "18A"),
    "ES": ("A", "7", "12", "18"),
    "NL": ("AL", "6", "12", "16"),
    "PT": ("M/3", "M/6", "M/12", "M/16"),
    "IN": ("U", "UA", "UA", "A"),
    "SE": ("Btl", "7", "11", "15"),
}
AUDIENCES = (0.1, 0.2, 0.3, 0.4)
# From so many votes on, films are certified in so many of the countries at most, and watched in
# between so many regions; of the films with fewest votes most nowhere.
VOTES = (1, 10, 100, 1_000)
CERTIFIED_IN = (1, 2, 4, 8, 12)
WATCHED_IN = ((0, 1), (0, 2), (1, 10), (10, 40), (30, 60))
IS_CERTIFIED = (0.2, 0.4, 0.7, 0.9, 1.0)
IS_WATCHED = (0.15, 0.4, 0.8, 0.95, 1.0)
# Who is in every region, by what they ask for a film.
SUBSCRIBED = (8, 9, 337, 350, 1_899, 531, 11, 283)
SOLD = (2, 3, 10, 192, 68)
FIRST_LOCAL, LOCAL_EACH = 10_001, 6
HAS_SUBSCRIPTION, HAS_RENT, HAS_BUY, HAS_FREE, HAS_ADS = 0.6, 0.6, 0.65, 0.1, 0.15
# Of the last year's films, so many come out after the day of the filling.
ANNOUNCED, ANNOUNCED_DAYS = 0.2, 400
DAYS_OF_YEAR = 365


class Circulation:
    """Draws by a generator of its own: the films stay the same with and without these."""

    def __init__(self, today: date, *, seed: int) -> None:
        self._today = today
        self._rng = random.Random(seed)

    def released_on(self, year: int) -> str:
        rng = self._rng
        if year == LAST_YEAR and rng.random() < ANNOUNCED:
            return str(self._today + timedelta(days=rng.randint(1, ANNOUNCED_DAYS)))
        return str(date(year, 1, 1) + timedelta(days=rng.randrange(DAYS_OF_YEAR)))

    def certifications(self, details: RealFilm, votes: int) -> Iterator[tuple[str, str]]:
        """Country and certification; that of the United States where it is told."""
        rng, place = self._rng, bisect_right(VOTES, votes)
        (audience,) = rng.choices(range(len(AUDIENCES)), AUDIENCES)
        told = CERTIFICATIONS["US"]
        if details.certification in told:
            audience = told.index(details.certification)
        if rng.random() >= IS_CERTIFIED[place]:
            return
        for country in _first_of(tuple(CERTIFICATIONS), rng.randint(1, CERTIFIED_IN[place]), rng):
            drawn = CERTIFICATIONS[country][audience]
            yield country, (details.certification if country == "US" else "") or drawn

    def offers(self, votes: int) -> Iterator[tuple[str, Mapping[str, Sequence[int]]]]:
        """Region, and the providers there by what they ask for the film."""
        rng, place = self._rng, bisect_right(VOTES, votes)
        if rng.random() >= IS_WATCHED[place]:
            return
        for region in _first_of(REGIONS, rng.randint(*WATCHED_IN[place]), rng):
            offers = self._offers(_locals(region))
            if any(offers.values()):
                yield region, offers

    def _offers(self, local: Sequence[int]) -> dict[str, list[int]]:
        rng = self._rng
        subscribed, sold = (*SUBSCRIBED, *local[:3]), (*SOLD, *local[3:4])
        rented = self._some(HAS_RENT, sold, 4)
        return {
            "flatrate": self._some(HAS_SUBSCRIPTION, subscribed, 3),
            "rent": rented,
            # Most who lend a film sell it as well.
            "buy": rented if rented and rng.random() < HAS_BUY else self._some(0.2, sold, 3),
            "free": self._some(HAS_FREE, local[4:5], 1),
            "ads": self._some(HAS_ADS, local[3:6], 2),
        }

    def _some(self, chance: float, providers: Sequence[int], most: int) -> list[int]:
        if self._rng.random() >= chance:
            return []
        return _first_of(providers, self._rng.randint(1, min(most, len(providers))), self._rng)


def write_providers(cursor: Any) -> None:
    ids = (*SUBSCRIBED, *SOLD, *(each for region in REGIONS for each in _locals(region)))
    lines = (f"{provider}\tProvider {provider}\t\t{place}\n" for place, provider in enumerate(ids))
    copy_rows(cursor, table=PROVIDERS, lines=lines)


def _locals(region: str) -> range:
    first = FIRST_LOCAL + LOCAL_EACH * REGIONS.index(region)
    return range(first, first + LOCAL_EACH)


def _first_of(values: Sequence[Value], count: int, rng: random.Random) -> list[Value]:
    """So many different ones, the second half as likely as the first, the third a third."""
    chances = [(rng.random() ** place, value) for place, value in enumerate(values, start=1)]
    return [value for _, value in sorted(chances, key=itemgetter(0), reverse=True)[:count]]
