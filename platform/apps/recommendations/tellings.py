"""Explanations in words: what a worker stored, with titles and scores as they are now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from apps.core.movie_states import UNTOUCHED, MovieState, states_of
from apps.movies.fragments import read_titles
from apps.movies.models import Movie
from apps.users.models import User

from .models import Explanation, RecommendationList
from .serializers import reason_text
from .stored import StoredList

# Films of other lists are there for reasons of their own, whatever they are like.
_OF_TASTE = (RecommendationList.Source.PERSONAL, RecommendationList.Source.SIMILAR)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Films:
    """Titles of those that there are, and what the viewer did with each."""

    titles: Mapping[int, str]
    states: Mapping[int, MovieState]

    def state(self, movie_id: int) -> MovieState:
        return self.states.get(movie_id, UNTOUCHED)

    def may_be_a_reason(self, movie_id: int) -> bool:
        return movie_id in self.titles and self.state(movie_id).is_liked


def why_data(
    explanation: Explanation, stored: StoredList, position: int, *, user_id: int
) -> dict[str, Any]:
    """`position` is that of the film in the list, from 0."""
    movie_id, body = explanation.movie_id, explanation.body
    item = stored.items[position]
    films = _films([movie_id, *_named(body)], user_id=user_id)
    because = [row for row in body["because"] if films.may_be_a_reason(row["movie_id"])]
    titles = [films.titles[row["movie_id"]] for row in because]
    return {
        "list_id": stored.row_id,
        "revision": stored.revision,
        "movie_id": movie_id,
        "title": films.titles.get(movie_id),
        "place": position + 1,
        "score": item.score,
        "source": item.source.label,
        "text": reason_text(item.source, titles if item.source in _OF_TASTE else []),
        "because": [_contribution(row, films) | {"share": row["share"]} for row in because],
        "contributions": [_contribution(row, films) for row in body["contributions"]],
        "others": body["others"],
        "constants": body["constants"],
        "counterfactuals": [
            _counterfactual(row, films)
            for row in body["counterfactuals"]
            if films.may_be_a_reason(row["movie_id"])
        ],
    }


def why_not_data(
    explanation: Explanation, stored: StoredList, movie: Movie, *, viewer: User
) -> dict[str, Any]:
    body = explanation.body
    return {
        "user_id": viewer.pk,
        "list_id": stored.row_id,
        "revision": stored.revision,
        "movie_id": movie.pk,
        "title": read_titles([movie.pk]).get(movie.pk),
        "is_listed": movie.tombstoned_at is None and (viewer.include_adult or not movie.adult),
        **body,
        "passed_by": _passed(body["passed_by"]),
    }


def _named(body: Mapping[str, Any]) -> Iterable[int]:
    for part in ("because", "contributions"):
        yield from (row["movie_id"] for row in body[part])


def _films(movie_ids: list[int], *, user_id: int) -> _Films:
    return _Films(titles=read_titles(movie_ids), states=states_of(user_id, movie_ids))


def _contribution(row: Mapping[str, Any], films: _Films) -> dict[str, Any]:
    state = films.state(row["movie_id"])
    return {
        "movie_id": row["movie_id"],
        "title": films.titles.get(row["movie_id"]),
        "rating": state.rating,
        "favorite": state.favorite,
        "contribution": row["contribution"],
    }


def _counterfactual(row: Mapping[str, Any], films: _Films) -> dict[str, Any]:
    movie_id = row["movie_id"]
    title = films.titles[movie_id]
    return {**row, "title": title, "text": _without(films.state(movie_id), title)}


def _without(state: MovieState, title: str) -> str:
    if state.rating is None:
        return f"Without {title} among your favourites"
    of_favorites = " and its place among your favourites" if state.favorite else ""
    return f"Without your {state.rating} for {title}{of_favorites}"


def _passed(row: dict[str, Any] | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {**row, "title": read_titles([row["movie_id"]]).get(row["movie_id"])}
