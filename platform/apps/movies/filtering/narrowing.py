"""Searches among the films of a filter."""

from apps.movies.search.statements import EVERY_DOCUMENT, Narrowing

from .film_filter import FilmFilter

_FACTS = "facts @@ %(facts)s::tsquery"


def narrowing_of(films: FilmFilter) -> Narrowing:
    """Facts stand in the document itself; the film's row is read where more is asked for."""
    probed = films.probed()
    conditions = [_FACTS] if films.facts else []
    if probed:
        film = "SELECT FROM movies_movie AS film WHERE film.id = movie_id AND "
        conditions.append(f"EXISTS ({film}{' AND '.join(probed)})")
    if not conditions:
        return EVERY_DOCUMENT
    return Narrowing(" AND ".join(conditions), films.parameters())
