"""How many of the films that fit have which genre, language, country and decade."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from apps.core.database import array_of

from .facts import COUNTRY, DECADE, GENRE, LANGUAGE
from .film_filter import FilmFilter
from .listing import FilteredFilms
from .orderings import DEFAULT

# Counting takes some microseconds for each film. Where more fit than can be counted, those are
# that are among the best known ones.
MOST_COUNTED, BEST_KNOWN = 5_000, 10_000
_COUNTED = f"{GENRE}{DECADE}{LANGUAGE}{COUNTRY}"
_COUNT = """
    SELECT lexeme, count(*)
    FROM movies_searchdocument, unnest(tsvector_to_array(facts)) AS lexeme
    WHERE movie_id = ANY (%s::int[]) AND position(left(lexeme, 1) IN %s) > 0
    GROUP BY lexeme
"""


@dataclass(frozen=True, slots=True)
class Facets:
    """`counted`: how many films were, of all that fit if `is_complete`."""

    counted: int
    is_complete: bool
    films: Counter[str]

    def most_common(self, kind: str) -> list[tuple[str, int]]:
        """Values of a kind of fact and how many films have them, the most frequent first."""
        found = [(fact[1:], count) for fact, count in self.films.items() if fact[0] == kind]
        return sorted(found, key=lambda each: (-each[1], each[0]))


def count_facets(films: FilmFilter) -> Facets:
    listed = FilteredFilms(films, DEFAULT)
    movie_ids = listed.some(MOST_COUNTED + 1)
    if len(movie_ids) <= MOST_COUNTED:
        return facets_of(movie_ids, is_complete=True)
    best_known = listed.walked(slice(0, BEST_KNOWN), most=BEST_KNOWN)
    return facets_of(best_known, is_complete=False)


def facets_of(movie_ids: Sequence[int], *, is_complete: bool) -> Facets:
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [array_of(movie_ids), _COUNTED])
        films = Counter(dict(cursor.fetchall()))
    return Facets(len(movie_ids), is_complete, films)
