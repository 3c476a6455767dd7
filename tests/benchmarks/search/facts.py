"""Genres, keywords and people of the catalogue, and which id each has here."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from services.imports.copy_stream import copy_rows, escape
from tests.benchmarks.search.people import invent_names
from tests.benchmarks.search.real import RealFilm

FIRST_INVENTED_ID = 900_000_001
TITLES_PER_PERSON = 8
GENRES = "movies_genre (id, tmdb_id, name, slug)"
KEYWORDS = "movies_keyword (id, name)"
PEOPLE = """movies_person (id, name, original_name, known_for_department, profile_path, gender,
    popularity, adult)"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """Ids by the names of real films. The invented people's follow those of the real ones."""

    genres: dict[str, int]
    keywords: dict[str, int]
    people: dict[str, int]
    invented_people: int

    @property
    def first_invented_person(self) -> int:
        return len(self.people) + 1


def write_facts(cursor: Any, real: Sequence[RealFilm], *, titles: int, seed: int) -> Facts:
    facts = Facts(
        genres=_write_genres(cursor, real),
        keywords=_keyword_ids(real),
        people=_numbered(_names, real),
        invented_people=max(titles // TITLES_PER_PERSON, 1),
    )
    keywords = _names_of_keywords(real, facts.keywords)
    copy_rows(
        cursor,
        table=KEYWORDS,
        lines=(f"{keyword}\t{escape(name)}\n" for keyword, name in keywords.items()),
    )
    copy_rows(cursor, table=PEOPLE, lines=_people_lines(facts, seed=seed))
    return facts


def _numbered(
    names: Callable[[RealFilm], Iterator[str]], real: Sequence[RealFilm]
) -> dict[str, int]:
    """In the order in which they occur first."""
    different = dict.fromkeys(name for film in real for name in names(film))
    return {name: number for number, name in enumerate(different, start=1)}


def _names(film: RealFilm) -> Iterator[str]:
    yield from film.cast
    yield from (each.name for each in film.crew)


def _write_genres(cursor: Any, real: Sequence[RealFilm]) -> dict[str, int]:
    ids = _numbered(lambda film: (name for _, name in film.genres), real)
    tmdb_ids = {name: tmdb_id for film in real for tmdb_id, name in film.genres}
    lines = (
        f"{number}\t{tmdb_ids[name]}\t{escape(name)}\t{name.lower().replace(' ', '-')}\n"
        for name, number in ids.items()
    )
    copy_rows(cursor, table=GENRES, lines=lines)
    return ids


def _keyword_ids(real: Sequence[RealFilm]) -> dict[str, int]:
    """A name that comes without an id has that of the same name with one, or an invented one."""
    ids: dict[str, int] = {}
    for film in real:
        for keyword, name in film.keywords:
            if keyword is not None:
                ids.setdefault(name, keyword)
    without = dict.fromkeys(name for film in real for _, name in film.keywords if name not in ids)
    return ids | {name: number for number, name in enumerate(without, start=FIRST_INVENTED_ID)}


def _names_of_keywords(real: Sequence[RealFilm], ids: dict[str, int]) -> dict[int, str]:
    """Sources of different years call some ids by different names; the first stays."""
    names: dict[int, str] = {}
    for film in real:
        for _, name in film.keywords:
            names.setdefault(ids[name], name)
    return names


def _people_lines(facts: Facts, *, seed: int) -> Iterator[str]:
    yield from (_person_line(person, name) for name, person in facts.people.items())
    invented = invent_names(facts.people.keys(), facts.invented_people, seed=seed)
    for person, name in enumerate(invented, start=facts.first_invented_person):
        yield _person_line(person, name)


def _person_line(person: int, name: str) -> str:
    return f"{person}\t{escape(name)}\t{escape(name)}\t\t\t0\t0\tf\n"
