"""The best poster of a film in each language, of the many that TMDb has."""

from collections.abc import Iterable
from dataclasses import dataclass

from . import values
from .rows import read_list, read_rows
from .values import Dropped, UnusableRowError

MOST_POSTERS = 2_000
# TMDb writes null, and among the names of languages has a code for it as well.
_NO_LANGUAGE = (None, "", "xx")


@dataclass(frozen=True, slots=True, kw_only=True)
class PosterPayload:
    """`language` is empty where the poster has none: it has no text, or nobody has said."""

    language: str
    path: str


@dataclass(frozen=True, slots=True)
class _Voted:
    poster: PosterPayload
    vote_average: float
    vote_count: int

    @property
    def rank(self) -> tuple[float, int, str]:
        """By its votes, the best first; the path says who is first of equals."""
        return -self.vote_average, -self.vote_count, self.poster.path


def read_posters(block: object, dropped: Dropped) -> tuple[PosterPayload, ...] | None:
    """One for each language, by language. What the block has of other images is not read."""
    found = read_rows(
        read_list(block, "posters"),
        _read,
        key=lambda voted: voted.poster,
        block="posters",
        most=MOST_POSTERS,
        dropped=dropped,
    )
    return None if found is None else _best_of_each_language(found)


def _read(row: dict[str, object]) -> _Voted:
    path = values.image_path(row.get("file_path"), "", Dropped())
    if not path:
        raise UnusableRowError("file_path")
    return _Voted(
        PosterPayload(language=_language(row.get("iso_639_1")), path=path),
        values.number(row.get("vote_average"), most=values.MAX_VOTE) or 0.0,
        values.whole(row.get("vote_count")) or 0,
    )


def _language(value: object) -> str:
    if value in _NO_LANGUAGE:
        return ""
    found = values.language(value)
    if not found:
        raise UnusableRowError("iso_639_1")
    return found


def _best_of_each_language(found: Iterable[_Voted]) -> tuple[PosterPayload, ...]:
    best: dict[str, PosterPayload] = {}
    for voted in sorted(found, key=lambda voted: voted.rank):
        best.setdefault(voted.poster.language, voted.poster)
    return tuple(poster for _, poster in sorted(best.items()))
