"""What a viewer did with films, told by the app that keeps it to those that show films."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

# Scores are whole numbers.
MIN_SCORE = 1
MAX_SCORE = 10
# From here on a film is liked. The recommender, which knows no app, says the same.
LIKED_SCORE = 7


@dataclass(frozen=True, kw_only=True, slots=True)
class MovieState:
    """`rating` is the viewer's score, `hidden` that the viewer is not interested in this film.

    The films of a person or a genre that the viewer does not want are not marked one by one.
    """

    favorite: bool = False
    rating: int | None = None
    watched: bool = False
    watchlisted: bool = False
    hidden: bool = False

    @property
    def is_liked(self) -> bool:
        """Whether the film may be a reason to recommend another."""
        return not self.hidden and (self.favorite or (self.rating or 0) >= LIKED_SCORE)


UNTOUCHED = MovieState()

# From an account's id and films' ids to the states of those that the viewer did anything with.
Reader = Callable[[int, Collection[int]], Mapping[int, MovieState]]
# From an account's id to the ids of all films that the viewer rated, favourited or watched.
SeenReader = Callable[[int], Collection[int]]

_readers: list[tuple[Reader, SeenReader]] = []


def register(reader: Reader, seen: SeenReader) -> None:
    """Have both asked; each takes one query. A second pair is a mistake of the code."""
    if _readers and _readers != [(reader, seen)]:
        raise ValueError("states of films are told by one app")
    _readers[:] = [(reader, seen)]


def states_of(user_id: int, movie_ids: Collection[int]) -> dict[int, MovieState]:
    """The state of each of the films, whether or not there is such a film."""
    known = _readers[0][0](user_id, movie_ids) if _readers and movie_ids else {}
    return {movie_id: known.get(movie_id, UNTOUCHED) for movie_id in movie_ids}


def seen_by(user_id: int) -> Collection[int]:
    return _readers[0][1](user_id) if _readers else ()
