"""Searches among the films of a filter."""

from apps.movies.search.statements import EVERY_DOCUMENT, Narrowing

from .film_filter import FACTS, FilmFilter


def narrowing_of(films: FilmFilter) -> Narrowing:
    conditions = [*([FACTS] if films.facts else []), *films.probed()]
    if not conditions:
        return EVERY_DOCUMENT
    return Narrowing(" AND ".join(conditions), films.parameters())
