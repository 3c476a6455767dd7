"""Films, real and invented, as lines for COPY into the tables of the catalogue."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from services.imports.copy_stream import NULL, escape
from tests.benchmarks.search.circulation import KINDS, Circulation
from tests.benchmarks.search.facts import Facts
from tests.benchmarks.search.other_names import OtherNames
from tests.benchmarks.search.real import RealFilm
from tests.benchmarks.search.titles import InventedFilm

# Of invented films, so large a part has an overview, a cast and a director, and what the film has
# after which it was made: genres, language, countries, average.
DETAILED = 0.25
CAST_OF_INVENTED = 4
# People of the first ids are in more films than others.
FAME = 1.5
# A release has a day, also where nobody knows it.
UNKNOWN_DAY = "1900-01-01"
FILMS = """movies_movie (id, tmdb_id, title, original_title, release_date, year, runtime,
    original_language, overview, poster_path, backdrop_path, vote_average, vote_count, popularity,
    adult, from_tmdb, created_at, updated_at, production_countries)"""
GENRES = "movies_movie_genres (movie_id, genre_id)"
KEYWORDS = "movies_movie_keywords (movie_id, keyword_id)"
CREDITS = """movies_credit (movie_id, person_id, credit_id, is_cast, character, department, job,
    position)"""
TRANSLATIONS = (
    "movies_translation (movie_id, language, country, title, overview, tagline, homepage)"
)
ALTERNATIVES = "movies_alternativetitle (movie_id, country, title, type)"
RELEASES = (
    "movies_releasedate (movie_id, country, type, released_on, certification, note, language)"
)
OFFERS = f"movies_watchavailability (movie_id, country, link, {', '.join(KINDS)})"
TABLES = (FILMS, GENRES, KEYWORDS, CREDITS, TRANSLATIONS, ALTERNATIVES, RELEASES, OFFERS)


@dataclass(slots=True)
class Batch:
    """The lines of some films by their table, in the order in which tables are written."""

    lines: dict[str, list[str]] = field(default_factory=lambda: {table: [] for table in TABLES})

    def add_film(
        self,
        movie: int,
        film: RealFilm | InventedFilm,
        *,
        details: RealFilm | None,
        released_on: str | None,
    ) -> None:
        language = details.language if details else ""
        year = int(released_on[:4]) if released_on else film.year
        values = (
            *(str(movie), str(film.tmdb_id), escape(film.title), escape(film.original_title)),
            escape(released_on),
            *(_number(year), _number(details.runtime if details else None), language),
            *(escape(details.overview if details else ""), "", ""),
            _number(details.vote_average if details else None),
            *(str(film.vote_count), str(film.popularity), "f", "t", "now", "now"),
            _array(details.countries if details else ()),
        )
        self.lines[FILMS].append("\t".join(values) + "\n")

    def add_genres(self, movie: int, details: RealFilm, facts: Facts) -> None:
        genres = {facts.genres[name] for _, name in details.genres}
        self.lines[GENRES] += (f"{movie}\t{genre}\n" for genre in sorted(genres))

    def add_circulation(
        self,
        movie: int,
        details: RealFilm,
        *,
        votes: int,
        released_on: str | None,
        circulation: Circulation,
    ) -> None:
        """Certifications and offers, of which a film has the more the better known it is."""
        self.lines[RELEASES] += (
            f"{movie}\t{country}\t3\t{released_on or UNKNOWN_DAY}\t{certification}\t\t\n"
            for country, certification in circulation.certifications(details, votes)
        )
        self.lines[OFFERS] += (
            "\t".join((str(movie), country, "", *(_array(offers[kind]) for kind in KINDS))) + "\n"
            for country, offers in circulation.offers(votes)
        )

    def add_keywords(self, movie: int, keywords: Iterable[int]) -> None:
        self.lines[KEYWORDS] += (f"{movie}\t{keyword}\n" for keyword in keywords)

    def add_cast(self, movie: int, people: Iterator[int]) -> None:
        self.lines[CREDITS] += (
            f"{movie}\t{person}\t{movie}-cast-{place}\tt\t\t\t\t{place}\n"
            for place, person in enumerate(people)
        )

    def add_crew(self, movie: int, jobs: Iterator[tuple[int, str, str]]) -> None:
        self.lines[CREDITS] += (
            f"{movie}\t{person}\t{movie}-crew-{place}\tf\t\t{department}\t{job}\t{place}\n"
            for place, (person, department, job) in enumerate(jobs)
        )

    def add_other_names(self, movie: int, film: RealFilm | InventedFilm, names: OtherNames) -> None:
        self.lines[TRANSLATIONS] += (
            f"{movie}\t{language}\t{country}\t{escape(title)}\t\t\t\n"
            for language, country, title in names.translations(film)
        )
        self.lines[ALTERNATIVES] += (
            f"{movie}\t{country}\t{escape(title)}\t\n"
            for country, title in names.alternatives(film)
        )


def add_real(
    batch: Batch, movie: int, film: RealFilm, facts: Facts, circulation: Circulation
) -> None:
    day = film.release_date
    batch.add_film(movie, film, details=film, released_on=day)
    batch.add_genres(movie, film, facts)
    batch.add_keywords(movie, sorted({facts.keywords[name] for _, name in film.keywords}))
    batch.add_circulation(
        movie, film, votes=film.vote_count, released_on=day, circulation=circulation
    )
    batch.add_cast(movie, (facts.people[name] for name in film.cast))
    batch.add_crew(
        movie,
        (
            (facts.people[each.name], escape(each.department), escape(each.job))
            for each in film.crew
        ),
    )


def add_invented(
    batch: Batch,
    movie: int,
    film: InventedFilm,
    facts: Facts,
    rng: random.Random,
    *,
    circulation: Circulation,
) -> None:
    is_detailed = rng.random() < DETAILED
    day = circulation.released_on(film.year) if is_detailed else None
    batch.add_film(movie, film, details=film.model if is_detailed else None, released_on=day)
    if is_detailed:
        batch.add_genres(movie, film.model, facts)
        batch.add_circulation(
            movie, film.model, votes=film.vote_count, released_on=day, circulation=circulation
        )
        batch.add_cast(movie, (_drawn_person(facts, rng) for _ in range(CAST_OF_INVENTED)))
        director = (_drawn_person(facts, rng), "Directing", "Director")
        batch.add_crew(movie, iter([director]))


def _drawn_person(facts: Facts, rng: random.Random) -> int:
    return facts.first_invented_person + int(facts.invented_people * rng.random() ** FAME)


def _array(values: Iterable[str | int]) -> str:
    return f"{{{','.join(map(str, values))}}}"


def _number(value: float | None) -> str:
    return NULL if value is None else str(value)
