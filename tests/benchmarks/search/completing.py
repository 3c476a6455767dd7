"""What the real data does not tell of a film, drawn by a seed: languages and countries."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from tests.benchmarks.search.real import RealFilm

# A country in which most films of a language are made, if it is not that of the others.
COUNTRIES = {
    "en": "US",
    "fr": "FR",
    "ja": "JP",
    "it": "IT",
    "es": "ES",
    "de": "DE",
    "zh": "CN",
    "ko": "KR",
    "hi": "IN",
    "pt": "BR",
    "ru": "RU",
    "sv": "SE",
    "cn": "HK",
    "da": "DK",
    "fa": "IR",
    "nl": "NL",
    "tr": "TR",
    "th": "TH",
    "pl": "PL",
    "fi": "FI",
    "cs": "CZ",
}
# Of films whose countries nobody tells, so large a part is also made in a second one.
SECOND_COUNTRY = 0.2


def complete(real: Sequence[RealFilm], *, seed: int) -> list[RealFilm]:
    """Languages are as frequent as where they are told; countries go by them."""
    rng = random.Random(seed)
    told = Counter(film.language for film in real if film.language) or Counter(en=1)
    languages, weights = list(told), list(told.values())
    countries = [each for film in real for each in film.countries] or ["US"]
    return [
        _complete(film, film.language or rng.choices(languages, weights)[0], countries, rng)
        for film in real
    ]


def _complete(
    film: RealFilm, language: str, countries: Sequence[str], rng: random.Random
) -> RealFilm:
    if film.countries:
        return replace(film, language=language)
    drawn = [COUNTRIES.get(language) or rng.choice(countries)]
    if rng.random() < SECOND_COUNTRY:
        drawn.append(rng.choice(countries))
    return replace(film, language=language, countries=tuple(dict.fromkeys(drawn)))
