"""Films as they stand in answers: JSON that a process writes once and keeps, with what it needs.

It keeps one for each locale that asks for it (`apps.movies.localising`).

What is kept is never told to be out of date. Whoever wants a film knows the version of its row, and
a film of another version is read anew; so all processes show the same, whoever changed it and how.
The version is the transaction that wrote the row. Triggers (migrations 0010 and 0019) have a film's
row written anew where its genres, credits, translations, posters or releases change; those of all
genres together are one more version.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from threading import Lock
from typing import Any, NamedTuple

import orjson
from django.conf import settings
from django.db import connection

from apps.core.database import array_of
from apps.core.field_selection import Chosen, is_chosen, only
from apps.core.locales import Locale, current_locale, note_language
from apps.core.metrics import counter
from apps.core.movie_states import MovieState

from . import images
from .localising import FOUND, localise
from .serializers.cards import COLUMNS, card_data, me_data, read_card

ASKED = counter("nexus_film_fragments_total", "Films looked for in the cache.", ("result",))
_HITS, _MISSES = ASKED.labels("hit"), ASKED.labels("miss")

# SQL: what tells whether a genre was changed, few as they are.
GENRES_VERSION = "(SELECT sum(id * xmin::text::bigint) FROM movies_genre)"
_GENRES = "SELECT id, name, slug, xmin::text::bigint FROM movies_genre"
_VERSIONS = f"""
    SELECT {GENRES_VERSION}, array_agg(id), array_agg(xmin)::text
    FROM movies_movie WHERE id = ANY (%(movie_ids)s::int[])
"""  # noqa: S608  # text of ours
_FILMS = f"""
    SELECT {COLUMNS}, {FOUND}, ARRAY(
            SELECT DISTINCT person_id FROM movies_credit WHERE movie_id = film.id
        ), film.adult, film.tombstoned_at IS NOT NULL, film.xmin::text
    FROM movies_movie AS film WHERE id = ANY (%(movie_ids)s::int[])
"""  # noqa: S608  # as above

# What a kept film takes besides its text.
_OVERHEAD_BYTES = 800


class Surroundings(NamedTuple):
    """What fragments are made of besides their films: genres, and the addresses of images."""

    genres: int
    sizes: images.ImageURLs


class Fragment(NamedTuple):
    """`text` is the JSON of the film's card up to its `me`.

    `version` is that of the film's row; `languages` are those of title and overview; `people` has
    the ids of the cast and the crew, in 4 bytes each.
    """

    version: str
    text: bytes
    title: str
    poster_path: str
    languages: tuple[str, str]
    is_adult: bool
    is_removed: bool
    genres: tuple[int, ...]
    people: "array[int]"

    def is_shown(self, *, include_adult: bool) -> bool:
        """Whether lists may show it, to somebody who asked for films for adults or did not."""
        return not self.is_removed and (include_adult or not self.is_adult)

    def is_of(self, person_ids: frozenset[int], genre_ids: frozenset[int]) -> bool:
        """Whether one of these made it or is in it, or it is of one of the genres."""
        return not (genre_ids.isdisjoint(self.genres) and person_ids.isdisjoint(self.people))

    def card(
        self, state: MovieState | None, *, chosen: Chosen = None
    ) -> orjson.Fragment | dict[str, Any]:
        """The film with what the viewer did with it, as orjson takes it."""
        if chosen is None:
            self._note_languages(chosen)
            return orjson.Fragment(self.text + _me(state))
        return self.data(state, chosen=chosen)

    def data(self, state: MovieState | None, *, chosen: Chosen = None) -> dict[str, Any]:
        self._note_languages(chosen)
        return only(orjson.loads(self.text + _me(state)), chosen)

    def named(self) -> str:
        """The title, to be shown."""
        note_language(self.languages[0])
        return self.title

    def _note_languages(self, chosen: Chosen) -> None:
        for name, language in zip(("title", "overview"), self.languages, strict=True):
            if is_chosen(chosen, name):
                note_language(language)


class Fragments:
    """Those that this process has written, no more than `most_bytes`; what is oldest goes first."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._kept: Kept | None = None
        self._genres: tuple[int, dict[int, dict[str, Any]]] = (0, {})
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept.films) if self._kept else 0

    def __iter__(self) -> Iterator[int]:
        """The ids of the films, the oldest first."""
        return iter([movie_id for _, movie_id in self._kept.films] if self._kept else ())

    def of_versions(self, films: Mapping[int, str], *, genres: int) -> dict[int, Fragment]:
        """The films by their ids, of the versions given or newer, less those that are gone.

        They are as the request's locale asks for them.
        """
        locale = current_locale()
        kept = self._kept_within(Surroundings(genres, images.known.get()))
        found: dict[int, Fragment] = {}
        missing: list[int] = []
        for movie_id, version in films.items():
            fragment = kept.films.get((locale.key, movie_id))
            if fragment is not None and fragment.version == version:
                found[movie_id] = fragment
            else:
                missing.append(movie_id)
        _HITS.inc(len(found))
        if missing:
            _MISSES.inc(len(missing))
            found |= self._write(missing, kept, locale)
        return found

    def _kept_within(self, surroundings: Surroundings) -> "Kept":
        """What was written of genres or images that changed is of no use any more."""
        kept = self._kept
        if kept is None or kept.surroundings != surroundings:
            self._kept = kept = Kept(surroundings, {})
        return kept

    def _write(self, movie_ids: Iterable[int], kept: "Kept", locale: Locale) -> dict[int, Fragment]:
        genres, sizes = kept.surroundings
        names = self._named_genres(genres)
        rows = _rows(
            _FILMS,
            movie_ids=array_of(movie_ids),
            languages=list(locale.languages),
            region=locale.region,
        )
        written = {film[0]: _fragment(film, names, sizes, locale) for film in rows}
        with self._lock:
            kept.add(written, locale, most_bytes=self._most_bytes)
        return written

    def _named_genres(self, wanted: int) -> dict[int, dict[str, Any]]:
        """Of this version, or of a newer one: then nobody asks for this one again."""
        version, names = self._genres
        if version != wanted:
            rows = _rows(_GENRES)
            names = {pk: {"id": pk, "name": name, "slug": slug} for pk, name, slug, _ in rows}
            self._genres = (sum(row[0] * row[3] for row in rows), names)
        return names


@dataclass(slots=True)
class Kept:
    """Fragments that were made within the same surroundings, by their locales' keys and films."""

    surroundings: Surroundings
    films: dict[tuple[str, int], Fragment]
    bytes: int = 0

    def add(self, written: Mapping[int, Fragment], locale: Locale, *, most_bytes: int) -> None:
        for movie_id, fragment in written.items():
            self._drop((locale.key, movie_id))
            self.films[locale.key, movie_id] = fragment
            self.bytes += _size(fragment)
        while self.bytes > most_bytes:
            self._drop(next(iter(self.films)))

    def _drop(self, key: tuple[str, int]) -> None:
        fragment = self.films.pop(key, None)
        if fragment is not None:
            self.bytes -= _size(fragment)


def read_fragments(movie_ids: Iterable[int]) -> dict[int, Fragment]:
    """Those of the films that there are, in one query where all of them are kept."""
    ((genres, found, versions),) = _rows(_VERSIONS, movie_ids=array_of(movie_ids))
    films = dict(zip(found or (), split_versions(versions), strict=True))
    return fragments().of_versions(films, genres=int(genres or 0))


def read_titles(movie_ids: Iterable[int]) -> dict[int, str]:
    """As films are shown with them."""
    return {movie_id: film.named() for movie_id, film in read_fragments(movie_ids).items()}


def split_versions(text: str | None) -> list[str]:
    """What PostgreSQL writes of an array of transactions."""
    return text[1:-1].split(",") if text else []


def fragments() -> Fragments:
    return _fragments(settings.FILM_CACHE_BYTES)


@lru_cache
def _fragments(most_bytes: int) -> Fragments:
    return Fragments(most_bytes)


def _fragment(
    film: tuple[Any, ...],
    genres: Mapping[int, dict[str, Any]],
    sizes: images.ImageURLs,
    locale: Locale,
) -> Fragment:
    *row, found, person_ids, is_adult, is_removed, version = film
    card = read_card(tuple(row), genres)
    localised = localise(card, orjson.loads(found), locale)
    return Fragment(
        version=version,
        text=orjson.dumps(card_data(card, localised, sizes))[:-1],
        title=localised.title,
        poster_path=localised.poster_path,
        languages=localised.languages,
        is_adult=is_adult,
        is_removed=is_removed,
        genres=tuple(genre["id"] for genre in card["genres"]),
        people=array("i", person_ids),
    )


@cache
def _me(state: MovieState | None) -> bytes:
    """The end of a film's JSON; there are few states."""
    return b',"me":' + orjson.dumps(me_data(state)) + b"}"


def _size(fragment: Fragment) -> int:
    return len(fragment.text) + fragment.people.itemsize * len(fragment.people) + _OVERHEAD_BYTES


def _rows(statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return list(cursor.fetchall())
