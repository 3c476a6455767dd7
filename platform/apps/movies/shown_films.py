"""SQL of the films that lists may show: to everybody, or also films for adults. See ADR 0049."""

_NOT_REMOVED = "film.tombstoned_at IS NULL"
_LISTED = f"NOT film.adult AND {_NOT_REMOVED}"
_FOR_ADULTS = f"film.adult AND {_NOT_REMOVED}"
# Always true: so the planner finds both by the indexes that each of them has, and joins what it
# found. An index of those that everybody may be shown would not do for all.
_OF_BOTH = f"{_NOT_REMOVED} AND (NOT film.adult OR film.adult)"


def is_shown(*, include_adult: bool) -> str:
    """The condition on `film`, a row of films."""
    return _OF_BOTH if include_adult else _LISTED


def first_films(*, where: str, by: str, most: str, include_adult: bool) -> str:
    """The first `most` of those that fit, in an order of `film` for which there is an index."""
    listed = _first(f"{_LISTED} AND {where}", by, most)
    if not include_adult:
        return listed
    adult = _first(f"{_FOR_ADULTS} AND {where}", by, most)
    return f"""
        SELECT film.* FROM (({listed}) UNION ALL ({adult})) AS film ORDER BY {by} LIMIT {most}
    """  # noqa: S608  # texts of ours


def _first(condition: str, by: str, most: str) -> str:
    return f"""
        SELECT film.* FROM movies_movie AS film WHERE {condition} ORDER BY {by} LIMIT {most}
    """  # noqa: S608  # as above
