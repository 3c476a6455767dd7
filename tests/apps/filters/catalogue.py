"""Films of which many facts are known and many are not, drawn by a seed."""

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TypeVar

from .model import OFFERS, Film, Genre

Value = TypeVar("Value")

FILMS = 400
FIRST_ID = 7_000_001
GENRES = tuple(
    Genre(9_001 + place, slug)
    for place, slug in enumerate(("action", "comedy", "drama", "horror", "science-fiction", "war"))
)
KEYWORDS = tuple(range(501, 513))
PEOPLE = tuple(range(5_001, 5_031))
LANGUAGES = ("en", "fr", "ja", "cn", "xx")
COUNTRIES = ("US", "GB", "FR", "JP", "DE", "SU")
CERTIFICATIONS: Mapping[str, Sequence[str]] = {
    "US": ("PG", "PG-13", "R", "NR", "Not Rated"),
    "GB": ("12A", "15", "PG", "R18"),
    "AU": ("PG", "M", "R18+"),
    "PT": ("M/12", "M/16", "'"),
}
REGIONS = ("US", "GB", "CH", "BR")
# Two of them are one another's beginning and end in digits.
PROVIDERS = (8, 9, 88, 89, 337, 1_796)
# So that every collation sorts titles alike, the words are as long as each other. None of them is
# a slip of another one.
WORDS = ("Amber", "Comet", "Fjord", "Kiosk", "Mango", "Tulip", "Zebra")
WORD = "Comet"
# Four of five films have a fact.
UNKNOWN = 0.2


def invent_films(today: date, *, count: int = FILMS, seed: int = 1) -> list[Film]:
    rng = random.Random(seed)
    return [_film(number, today, rng) for number in range(FIRST_ID, FIRST_ID + count)]


def _film(number: int, today: date, rng: random.Random) -> Film:
    year, release_date = _moment(today, rng)
    crew = _some(rng, PEOPLE, 4)
    return Film(
        id=number,
        title=f"{rng.choice(WORDS)} {rng.randrange(40):02}",
        year=year,
        release_date=release_date,
        runtime=_maybe(rng, rng.choice((1, 45, 90, 90, 100, 119, 120, 121, 240))),
        vote_average=_maybe(rng, rng.choice((0.0, 5.0, 6.9, 7.0, 7.046, 7.499, 7.5, 8.2, 10.0))),
        vote_count=rng.choice((0, 0, 1, 9, 10, 10, 100, 999, 1_000, 25_000)),
        language=_maybe(rng, rng.choice(LANGUAGES)) or "",
        countries=_some(rng, COUNTRIES, 3),
        genres=frozenset(_some(rng, GENRES, 4)),
        keywords=frozenset(_some(rng, KEYWORDS, 5)),
        # Some who play also direct.
        cast=tuple(dict.fromkeys((*_some(rng, PEOPLE, 5), *crew[:1]))),
        crew=crew,
        certifications=_certifications(rng),
        watch={country: _offers(rng) for country in _some(rng, REGIONS, 4)},
        adult=rng.random() < 0.05,
        is_removed=rng.random() < 0.05,
    )


def _moment(today: date, rng: random.Random) -> tuple[int | None, date | None]:
    """The year alone, the year and the day, a day alone, a day in another year, or nothing."""
    days = rng.choice((-20_000, -8_000, -366, -30, -1, 0, 0, 1, 1, 30, 400))
    day = today + timedelta(days=days + rng.choice((0, 0, rng.randrange(-9, 10) if days else 0)))
    year = rng.choice((1925, 1985, 1999, 2000, 2009, today.year - 1, today.year, today.year + 1))
    kind = rng.random()
    if kind < 0.3:
        return year, None
    if kind < 0.75:
        return day.year, day
    if kind < 0.8:
        return None, day
    return (year, day) if kind < 0.9 else (None, None)


def _certifications(rng: random.Random) -> tuple[tuple[str, str], ...]:
    """Some releases have none, and some countries several."""
    return tuple(
        (country, certification)
        for country in _some(rng, tuple(CERTIFICATIONS), 3)
        for certification in ("", *_some(rng, CERTIFICATIONS[country], 2))
        if certification or rng.random() < 0.5
    )


def _offers(rng: random.Random) -> dict[str, tuple[int, ...]]:
    """By some of the kinds; now and then nothing is offered in the country after all."""
    kinds = _some(rng, OFFERS, 3)
    return {kind: _some(rng, PROVIDERS, 3) for kind in kinds}


def _maybe(rng: random.Random, value: Value) -> Value | None:
    return None if rng.random() < UNKNOWN else value


def _some(rng: random.Random, values: Sequence[Value], most: int) -> tuple[Value, ...]:
    """Of one film in five none."""
    count = 0 if rng.random() < UNKNOWN else rng.randint(1, min(most, len(values)))
    return tuple(rng.sample(values, count))
