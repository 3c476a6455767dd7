"""Parameters that a client could send, with values that films of the catalogue have."""

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

from .catalogue import (
    CERTIFICATIONS,
    COUNTRIES,
    GENRES,
    KEYWORDS,
    LANGUAGES,
    PEOPLE,
    PROVIDERS,
    REGIONS,
)
from .model import OFFERS, ORDERINGS, Film, Genre

Value = TypeVar("Value")
Drawn = dict[str, str]
Draw = Callable[[Film, random.Random], Drawn]

MOST_FILTERS = 6
# The film after which a filter is drawn is mostly that of the other ones, too.
OTHER_FILM = 0.04
# Nobody asks for films of less than a minute.
LEAST = {"runtime": 1}
EVERY_GENRE = ",".join(genre.slug for genre in GENRES)


def _genre(film: Film, rng: random.Random) -> Drawn:
    return _listed("genre", [_name(each, rng) for each in _part(film.genres, 2, rng)])


def _genre_any(film: Film, rng: random.Random) -> Drawn:
    genres = _with_others(_part(film.genres, 1, rng), GENRES, rng)
    return _listed("genre_any", [_name(each, rng) for each in genres])


def _name(genre: Genre, rng: random.Random) -> str:
    return rng.choice((genre.slug, str(genre.id)))


def _year(film: Film, _: random.Random) -> Drawn:
    return {} if film.year is None else {"year": str(film.year)}


def _bounds(fact: str, ends: Collection[str], steps: Sequence[float]) -> Draw:
    """The film's own value, or some steps beyond it."""

    def draw(film: Film, rng: random.Random) -> Drawn:
        value: float | None = getattr(film, fact)
        if value is None:
            return {}
        least = max(value - rng.choice((0, *steps)), LEAST.get(fact, 0))
        most = value + rng.choice((0, *steps))
        if fact == "vote_average":
            most = min(most, 10)
        drawn = {"min": least, "max": most}
        return {f"{fact}_{end}": f"{round(drawn[end], 3):g}" for end in ends}

    return draw


def _language(film: Film, rng: random.Random) -> Drawn:
    known = [film.language] if film.language else []
    return _listed("language", _with_others(known, LANGUAGES, rng))


def _country(film: Film, rng: random.Random) -> Drawn:
    return _listed("country", _with_others(_part(film.countries, 1, rng), COUNTRIES, rng))


def _certification(film: Film, rng: random.Random) -> Drawn:
    certified = [(country, each) for country, each in film.certifications if each]
    if not certified:
        return {}
    country, certification = rng.choice(certified)
    several = _with_others([certification], CERTIFICATIONS[country], rng)
    return _listed("certification", several) | {"certification_country": country}


def _keyword(film: Film, rng: random.Random) -> Drawn:
    return _listed("keyword", _part(film.keywords, 2, rng))


def _person(film: Film, rng: random.Random) -> Drawn:
    return _listed("person", _part(film.people, 2, rng))


def _watch(*names: str) -> Draw:
    def draw(film: Film, rng: random.Random) -> Drawn:
        offers = [
            (region, kind, provider)
            for region, kinds in film.watch.items()
            for kind, providers in kinds.items()
            for provider in providers
        ]
        if not offers:
            return {}
        region, kind, provider = rng.choice(offers)
        values = {
            "region": region,
            **_listed("provider", _with_others([provider], PROVIDERS, rng)),
            **_listed("offer", _with_others([kind], OFFERS, rng)),
        }
        return {name: values[name] for name in ("region", *names)}

    return draw


def _released(_: Film, rng: random.Random) -> Drawn:
    return {"released": rng.choice(("true", "true", "false"))}


def _title(film: Film, rng: random.Random) -> Drawn:
    begin = rng.randrange(len(film.title) - 2)
    part = film.title[begin : begin + rng.randint(2, 4)].strip()
    return {"title": rng.choice((part, part.upper()))} if len(part) > 1 else {}


def _hide_seen(_: Film, rng: random.Random) -> Drawn:
    return {"hide_seen": rng.choice(("true", "true", "false"))}


def _three(fact: str, *steps: float) -> dict[str, Draw]:
    ends = {f"{fact}_{end}": _bounds(fact, (end,), steps) for end in ("min", "max")}
    return ends | {f"{fact} between": _bounds(fact, ("min", "max"), steps)}


# Of each group a combination has one at most.
GROUPS: Mapping[str, Mapping[str, Draw]] = {
    "genre": {"genre": _genre},
    "genre_any": {"genre_any": _genre_any},
    "year": {"year": _year, **_three("year", 1, 10)},
    "vote_average": _three("vote_average", 0.1, 0.5, 1.001, 2),
    "vote_count": _three("vote_count", 1, 90, 1_000),
    "runtime": _three("runtime", 1, 30),
    "language": {"language": _language},
    "country": {"country": _country},
    "certification": {"certification": _certification},
    "keyword": {"keyword": _keyword},
    "person": {"person": _person},
    "watch": {
        "region": _watch(),
        "provider": _watch("provider"),
        "offer": _watch("offer"),
        "provider and offer": _watch("provider", "offer"),
    },
    "released": {"released": _released},
    "title": {"title": _title},
    "hide_seen": {"hide_seen": _hide_seen},
}
FILTERS: Mapping[str, Draw] = {
    name: draw for group in GROUPS.values() for name, draw in group.items()
}
# Values that no film has, that only hidden films may have, or that are as much as can be named.
ODD: Mapping[str, Sequence[Drawn]] = {
    "genre": [{"genre": EVERY_GENRE}],
    "genre_any": [{"genre_any": EVERY_GENRE}],
    "year": [{"year": "1870"}, {"year": "2200"}],
    "year between": [{"year_min": "1870", "year_max": "2200"}],
    "vote_average between": [
        {"vote_average_min": "0", "vote_average_max": "10"},
        {"vote_average_min": "7.5", "vote_average_max": "7.5"},
    ],
    "vote_count between": [{"vote_count_min": "0", "vote_count_max": "0"}],
    "runtime between": [{"runtime_min": "120", "runtime_max": "120"}],
    "language": [{"language": "qq"}, {"language": ",".join(LANGUAGES)}],
    "country": [{"country": "AQ"}, {"country": ",".join(COUNTRIES)}],
    "certification": [
        {"certification": each, "certification_country": country}
        for country in (*CERTIFICATIONS, "FR")
        for each in ("PG", "'", "Not Rated", "M/12", "R18+", "R18", "NC-17")
    ],
    "keyword": [{"keyword": "499"}, {"keyword": ",".join(map(str, KEYWORDS[:10]))}],
    "person": [{"person": "4999"}, {"person": ",".join(map(str, PEOPLE[:10]))}],
    "region": [{"region": each} for each in (*REGIONS, "AQ")],
    "provider": [{"region": "US", "provider": each} for each in ("7", "8,9,88")],
    "offer": [{"region": "US", "offer": ",".join(OFFERS)}],
}


def draw_filter(name: str, films: Sequence[Film], rng: random.Random) -> Drawn:
    """After a film that knows the facts."""
    while True:
        if drawn := FILTERS[name](rng.choice(films), rng):
            return drawn


def draw_combination(
    films: Sequence[Film], rng: random.Random, *, but: Collection[str] = ()
) -> Drawn:
    """One to six filters, and mostly some film that satisfies them all; `but` not these groups."""
    count = rng.randint(1, MOST_FILTERS)
    film, drawn = rng.choice(films), Drawn()
    groups = rng.sample([group for group in GROUPS if group not in but], len(GROUPS) - len(but))
    for group in groups[:count]:
        after = rng.choice(films) if rng.random() < OTHER_FILM else film
        drawn |= rng.choice(list(GROUPS[group].values()))(after, rng)
    return drawn | draw_adults(rng) if drawn else draw_combination(films, rng, but=but)


def draw_adults(rng: random.Random) -> Drawn:
    """Films for adults are mostly not spoken of."""
    said = rng.choice(("", "", "true", "false"))
    return {"include_adult": said} if said else {}


def draw_ordering(rng: random.Random) -> Drawn:
    """The default one is mostly not named."""
    ordering = rng.choice(("", *ORDERINGS))
    return {"ordering": ordering} if ordering else {}


def _listed(name: str, values: Sequence[object]) -> Drawn:
    return {name: ",".join(map(str, values))} if values else {}


def _part(values: Collection[Value], most: int, rng: random.Random) -> list[Value]:
    """One at least, where there is one."""
    ordered = sorted(values)
    return rng.sample(ordered, rng.randint(1, min(most, len(ordered)))) if ordered else []


def _with_others(known: list[Value], every: Sequence[Value], rng: random.Random) -> list[Value]:
    """Up to two other ones beside them, in any order; of nothing known, nothing."""
    if not known:
        return []
    others = [each for each in every if each not in known]
    several = known + rng.sample(others, rng.choice((0, 0, 1, 2)))
    rng.shuffle(several)
    return several
