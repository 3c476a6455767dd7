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

_readers: list[Reader] = []


def register(reader: Reader) -> None:
    """Have `reader` asked; it takes one query. There is one: a second is a mistake of the code."""
    if _readers and _readers != [reader]:
        raise ValueError("states of films are told by one app")
    _readers[:] = [reader]


def states_of(user_id: int, movie_ids: Collection[int]) -> dict[int, MovieState]:
    """The state of each of the films, whether or not there is such a film."""
    known = _readers[0](user_id, movie_ids) if _readers and movie_ids else {}
    return {movie_id: known.get(movie_id, UNTOUCHED) for movie_id in movie_ids}
