"""Searches among the films of a filter."""

from dataclasses import replace

from apps.movies.search.statements import EVERY_DOCUMENT, Narrowing

from .film_filter import FACTS, FilmFilter


def narrowing_of(films: FilmFilter) -> Narrowing:
    # So that the index of facts is left alone: a search would read it for each of its tiers.
    facts = [f"({FACTS}) IS TRUE"] if films.facts else []
    conditions = [*facts, *films.narrowed()]
    if not conditions:
        return replace(EVERY_DOCUMENT, include_adult=films.include_adult)
    return Narrowing(" AND ".join(conditions), films.parameters(), films.include_adult)
