"""The requests, drawn by a seed: each filter alone, what a page combines, orderings, searches."""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode

from tests.benchmarks.filters.offered import Offered
from tests.benchmarks.search.queries import LONGEST, SHORTEST, Query
from tests.benchmarks.search.words import words_of

Value = TypeVar("Value")
Parameters = dict[str, str]
Draw = Callable[[Offered, random.Random], Parameters]

LIST, SEARCH = "movies/", "movies/search/"
FIRST_DECADE, LAST_YEAR = 1950, 2026
AVERAGES = ("5", "6", "6.5", "7", "7.5", "8")
VOTES = ("10", "50", "100", "500", "1000")
RUNTIMES = (("", "90"), ("90", "120"), ("120", ""), ("150", ""))
KINDS_OF_OFFERS = ("flatrate", "flatrate", "free", "ads", "rent", "buy", "rent,buy")
# Of a hundred, so many ask for the second page and the third one.
SECOND, THIRD = 10, 5
NARROWING_WORD = 4


def _genre(offered: Offered, rng: random.Random) -> Parameters:
    return {"genre": rng.choice(offered.genres)}


def _genres(offered: Offered, rng: random.Random) -> Parameters:
    return {"genre": _some(offered.genres, rng.choice((1, 2, 2, 3)), rng)}


def _genre_any(offered: Offered, rng: random.Random) -> Parameters:
    return {"genre_any": _some(offered.genres, rng.choice((2, 3, 5)), rng)}


def _year(_: Offered, rng: random.Random) -> Parameters:
    return {"year": str(rng.randint(FIRST_DECADE, LAST_YEAR))}


def _years(_: Offered, rng: random.Random) -> Parameters:
    first = rng.randint(FIRST_DECADE, LAST_YEAR)
    last = {"year_max": str(min(first + rng.choice((1, 4, 9, 19)), LAST_YEAR))}
    return {"year_min": str(first)} | rng.choice((last, last, {}))


def _decade(_: Offered, rng: random.Random) -> Parameters:
    first = rng.randrange(FIRST_DECADE, LAST_YEAR, 10)
    return {"year_min": str(first), "year_max": str(first + 9)}


def _average(_: Offered, rng: random.Random) -> Parameters:
    return rng.choice(
        (
            *({"vote_average_min": rng.choice(AVERAGES)},) * 4,
            {"vote_average_max": rng.choice(AVERAGES)},
            {"vote_average_min": "6", "vote_average_max": "7.5"},
        )
    )


def _votes(_: Offered, rng: random.Random) -> Parameters:
    return rng.choice((*({"vote_count_min": rng.choice(VOTES)},) * 4, {"vote_count_max": "9"}))


def _runtime(_: Offered, rng: random.Random) -> Parameters:
    least, most = rng.choice(RUNTIMES)
    return {name: value for name, value in (("runtime_min", least), ("runtime_max", most)) if value}


def _language(offered: Offered, rng: random.Random) -> Parameters:
    return {"language": _some(offered.languages, rng.choice((1, 1, 1, 2)), rng)}


def _country(offered: Offered, rng: random.Random) -> Parameters:
    return {"country": _some(offered.countries, rng.choice((1, 1, 1, 2)), rng)}


def _certification(offered: Offered, rng: random.Random) -> Parameters:
    country, certification = rng.choice(offered.certifications)
    others = [each for where, each in offered.certifications if where == country]
    several = rng.choice(([certification], sorted({certification, rng.choice(others)})))
    return {"certification": ",".join(several), "certification_country": country}


def _keyword(offered: Offered, rng: random.Random) -> Parameters:
    return {"keyword": str(rng.choice(offered.keywords)[0])}


def _keyword_and_genre(offered: Offered, rng: random.Random) -> Parameters:
    keyword, genres = rng.choice(offered.keywords)
    return {"keyword": str(keyword), "genre": rng.choice(genres)}


def _person(offered: Offered, rng: random.Random) -> Parameters:
    return {"person": str(rng.choice(offered.people))}


def _region(offered: Offered, rng: random.Random) -> Parameters:
    return {"region": rng.choice(offered.providers)[0]}


def _provider(offered: Offered, rng: random.Random) -> Parameters:
    """One to three that are there."""
    region, provider = rng.choice(offered.providers)
    others = [each for where, each in offered.providers if where == region and each != provider]
    several = [provider, *rng.sample(others, min(len(others), rng.choice((0, 0, 1, 2))))]
    return {"region": region, "provider": ",".join(map(str, several))}


def _offer(offered: Offered, rng: random.Random) -> Parameters:
    return _region(offered, rng) | {"offer": rng.choice(KINDS_OF_OFFERS)}


def _released(_: Offered, rng: random.Random) -> Parameters:
    return {"released": rng.choice(("true", "false"))}


def _not_released(offered: Offered, rng: random.Random) -> Parameters:
    return {"released": "false"} | rng.choice((_genre, _language, _country))(offered, rng)


def _unseen(_: Offered, __: random.Random) -> Parameters:
    return {"hide_seen": "true"}


def _unseen_and_others(offered: Offered, rng: random.Random) -> Parameters:
    return {"hide_seen": "true"} | _of(_NARROWING, (1, 2), offered, rng)


def _narrowed(offered: Offered, rng: random.Random) -> Parameters:
    return _of(_NARROWING, (2, 3, 4, 5), offered, rng)


def _person_and_others(offered: Offered, rng: random.Random) -> Parameters:
    return _person(offered, rng) | _of((_genre, _years, _average), (1,), offered, rng)


def _words(offered: Offered, rng: random.Random) -> Parameters:
    """Frequent ones, or a longer one of a known title; both narrowed."""
    longer = [word for word in words_of(rng.choice(offered.titles)) if len(word) >= NARROWING_WORD]
    frequent = rng.sample(list(offered.frequent), rng.choice((1, 2)))
    text = rng.choice(longer) if longer and rng.random() < 1 / 2 else " ".join(frequent)
    if not SHORTEST <= len(text) <= LONGEST:
        return _words(offered, rng)
    of_page = (*_NARROWING, _country, _certification, _provider, _region)
    return {"q": text} | _of(of_page, (1, 2, 3), offered, rng)


def _of(
    draws: Sequence[Draw], counts: Sequence[int], offered: Offered, rng: random.Random
) -> Parameters:
    drawn: Parameters = {}
    for draw in rng.sample(draws, rng.choice(counts)):
        drawn |= draw(offered, rng)
    return drawn


def _together(*draws: Draw) -> Draw:
    def draw(offered: Offered, rng: random.Random) -> Parameters:
        return _of(draws, (len(draws),), offered, rng)

    return draw


def _by_average(offered: Offered, rng: random.Random) -> Parameters:
    least = {"vote_count_min": rng.choice(VOTES[1:])}
    others = _of((_genre, _years, _language), (0, 1, 2), offered, rng)
    return others | least | {"ordering": "-vote_average"}


def _by(ordering: str) -> Draw:
    def draw(offered: Offered, rng: random.Random) -> Parameters:
        return _of(_NARROWING, (1, 2), offered, rng) | {"ordering": ordering}

    return draw


_NARROWING: Sequence[Draw] = (_genres, _years, _language, _average, _votes)
# How many of a thousand requests, and how each is drawn.
KINDS: Mapping[str, tuple[int, Draw]] = {
    "genre": (30, _genres),
    "genre_any": (25, _genre_any),
    "year": (25, _year),
    "years": (25, _years),
    "vote_average": (25, _average),
    "vote_count": (20, _votes),
    "runtime": (20, _runtime),
    "language": (25, _language),
    "country": (25, _country),
    "certification": (25, _certification),
    "keyword": (25, _keyword),
    "person": (25, _person),
    "region": (25, _region),
    "provider": (30, _provider),
    "offer": (25, _offer),
    "released": (20, _released),
    "hide_seen": (25, _unseen),
    "2 to 5 of a page": (150, _narrowed),
    "provider and genre": (50, _together(_provider, _genre)),
    "certification and genre": (40, _together(_certification, _genre)),
    "country and decade": (40, _together(_country, _decade)),
    "person and another": (30, _person_and_others),
    "keyword and genre": (40, _keyword_and_genre),
    "not released and another": (30, _not_released),
    "hide_seen and others": (40, _unseen_and_others),
    "by average": (40, _by_average),
    "by day of release": (25, _by("-release_date")),
    "by year": (25, _by("-year")),
    "search": (70, _words),
}


def draw(offered: Offered, *, count: int, seed: int) -> list[Query]:
    """In any order; at least one of each kind. The text of each is an address below the API's."""
    rng = random.Random(seed)
    shares = {kind: max(1, round(count * share / 1_000)) for kind, (share, _) in KINDS.items()}
    drawn = [
        Query(kind=kind, text=_address(KINDS[kind][1](offered, rng), rng))
        for kind, share in shares.items()
        for _ in range(share)
    ]
    rng.shuffle(drawn)
    return drawn


def _address(parameters: Parameters, rng: random.Random) -> str:
    chance = rng.randrange(100)
    if chance < SECOND + THIRD:
        parameters = parameters | {"page": "2" if chance < SECOND else "3"}
    return f"{SEARCH if 'q' in parameters else LIST}?{urlencode(parameters)}"


def parameters_of(query: Query) -> Parameters:
    return dict(parse_qsl(query.text.partition("?")[2]))


def _some(values: Sequence[str], count: int, rng: random.Random) -> str:
    return ",".join(rng.sample(values, min(count, len(values))))
