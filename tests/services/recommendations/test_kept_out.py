"""What a viewer watched or does not want is in no list that is built."""

from typing import Any

import numpy as np
import pytest

from apps.core.movie_states import MAX_SCORE, MIN_SCORE, MovieState
from apps.favorites import actions
from apps.movies.models import Movie
from apps.recommendations.models import RecommendationList
from apps.users.models import User
from services.recommendations import hidden
from services.recommendations.hidden import HiddenRows, read_hidden
from services.recommendations.loading import EVERYONE, UserRange, read_histories, read_history
from services.recommendations.refreshing import Outcome, refresh_user
from services.recommender.arrays import IntArray
from services.recommender.histories import HIDDEN, ONLY_WATCHED, Events, Histories
from services.recommender.weights import is_liked
from tests.apps.films import make_credit, make_person
from tests.apps.query_counts import captured_queries
from tests.factories import (
    make_favorite,
    make_genre,
    make_movie,
    make_not_interested,
    make_rating,
    make_user,
    make_watch_entry,
)

from .conftest import NOON, FakeClock, build_generation, make_ready_model, neighbours_model

pytestmark = pytest.mark.django_db


def make_viewer() -> User:
    """Who wrote something once, as every action does."""
    user = make_user()
    actions.bump_taste(user_id=user.pk, at=NOON)
    return user


def lists_of(user: User) -> list[list[int]]:
    rows = RecommendationList.objects.for_user(user).order_by("pk")
    return [row.movie_ids for row in rows]


def both_lists(user: User, films: list[Movie], clock: FakeClock) -> list[list[int]]:
    """The list of a generation, and that of a refresh right after."""
    build_generation(make_ready_model(films), clock)
    clock.advance(seconds=5)
    actions.bump_taste(user_id=user.pk, at=clock())
    assert refresh_user(user_id=user.pk, clock=clock).outcome is Outcome.BUILT
    return lists_of(user)


def rows_of(found: HiddenRows, user_id: int) -> list[IntArray]:
    """Of every person and genre that the viewer hid."""
    return [rows for arrays in found.of_user.get(user_id, {}).values() for rows in arrays]


def ids(*films: Movie) -> list[int]:
    return [film.pk for film in films]


def test_a_viewer_who_only_watched_gets_a_list_without_the_watched_films(
    films: list[Movie], clock: FakeClock
) -> None:
    viewer = make_viewer()
    make_watch_entry(user=viewer, movie=films[0], progress=80)
    make_watch_entry(user=viewer, movie=films[0], progress=100)
    make_watch_entry(user=viewer, movie=films[1], progress=79)

    assert both_lists(viewer, films, clock) == [ids(*films[1:])] * 2


def test_a_viewer_who_only_hid_gets_a_list_without_what_is_hidden(
    films: list[Movie], clock: FakeClock
) -> None:
    viewer, person = make_viewer(), make_person()
    make_credit(films[1], person=person)
    make_credit(films[1], person=person, is_cast=False)
    make_credit(films[3], person=person, is_cast=False)
    make_credit(make_movie(), person=person)
    films[2].genres.set([make_genre("Horror"), make_genre("Drama")])
    films[3].genres.set([make_genre("Horror")])
    subjects: list[dict[str, Any]] = [
        {"movie": films[0]},
        {"person": person},
        {"person": make_person()},
        {"genre": make_genre("Horror")},
        {"genre": make_genre("Western")},
    ]
    for subject in subjects:
        make_not_interested(user=viewer, **subject)

    assert both_lists(viewer, films, clock) == [ids(films[4], films[5])] * 2


def test_each_viewer_misses_only_what_they_hid(films: list[Movie], clock: FakeClock) -> None:
    first, second, third = (make_viewer() for _ in range(3))
    horror = make_genre("Horror")
    films[2].genres.set([horror])
    person = make_credit(films[4]).person
    make_not_interested(user=first, genre=horror)
    make_not_interested(user=second, genre=horror)
    make_not_interested(user=second, person=person)

    build_generation(make_ready_model(films), clock)

    assert lists_of(first) == [[pk for pk in ids(*films) if pk != films[2].pk]]
    assert lists_of(second) == [ids(films[0], films[1], films[3], films[5])]
    assert lists_of(third) == [ids(*films)]


def test_a_viewer_who_hid_everything_gets_an_empty_list(
    films: list[Movie], clock: FakeClock
) -> None:
    viewer = make_viewer()
    for film in films:
        film.genres.set([make_genre("Drama")])
    make_rating(user=viewer, movie=films[0])
    make_not_interested(user=viewer, genre=make_genre("Drama"))

    assert both_lists(viewer, films, clock) == [[], []]


def test_a_rating_of_a_watched_film_counts_and_nothing_of_a_hidden_one() -> None:
    viewer = make_viewer()
    rated, loved, praised, watched, hidden = (make_movie() for _ in range(5))
    make_rating(user=viewer, movie=rated, score=8)
    make_favorite(user=viewer, movie=loved)
    make_rating(user=viewer, movie=praised, score=10)
    make_watch_entry(user=viewer, movie=watched)
    make_watch_entry(user=viewer, movie=rated)
    make_not_interested(user=viewer, movie=hidden)
    make_not_interested(user=viewer, movie=loved)
    make_not_interested(user=viewer, movie=praised)
    make_not_interested(user=viewer, genre=make_genre("Drama"))

    alone, together = read_history(viewer.pk), read_histories(EVERYONE)

    for histories in (alone, together):
        assert histories.user_ids.tolist() == [viewer.pk]
        assert histories.item_ids.tolist() == ids(rated, loved, praised, watched, hidden)
        assert histories.grades.tolist() == [8, 0, 0, 5, 0]


@pytest.mark.parametrize("favorite", [True, False])
@pytest.mark.parametrize("hidden", [True, False])
@pytest.mark.parametrize("score", [None, *range(MIN_SCORE, MAX_SCORE + 1)])
def test_a_list_names_as_liked_what_its_reader_may_be_told(
    score: int | None, *, hidden: bool, favorite: bool
) -> None:
    state = MovieState(rating=score, favorite=favorite, hidden=hidden, watched=True)

    scores = [ONLY_WATCHED, *[score] * bool(score), *[10] * favorite, *[HIDDEN] * hidden]
    same = np.ones(len(scores), np.int64)

    histories = Histories.of(np.array([1]), Events(same, same, np.array(scores), same * 1.0))

    assert is_liked(histories.grades).tolist() == [state.is_liked]


def test_simulated_viewers_have_no_profile_for_what_they_watched() -> None:
    simulated = make_user(origin=User.Origin.SIMULATED)
    make_watch_entry(user=simulated, movie=make_movie())

    assert len(read_histories(EVERYONE)) == 0


def test_the_films_of_a_subject_are_read_once_for_all_viewers(films: list[Movie]) -> None:
    viewers = [make_user() for _ in range(5)]
    person = make_credit(films[0]).person
    films[1].genres.set([make_genre("Drama")])
    model = neighbours_model(films)

    with captured_queries() as of_nothing:
        nothing = read_hidden(EVERYONE, model)
    for viewer in viewers:
        make_not_interested(user=viewer, person=person)
        make_not_interested(user=viewer, genre=make_genre("Drama"))
    with captured_queries() as of_much:
        much = read_hidden(UserRange(viewers[1].pk, viewers[4].pk), model)

    assert len(of_nothing) == 1
    assert rows_of(nothing, viewers[0].pk) == []
    assert len(of_much) == 3
    assert rows_of(much, viewers[0].pk) == []
    rows = [rows_of(much, viewer.pk) for viewer in viewers[1:]]
    assert all(sorted(array.tolist() for array in each) == [[0], [1]] for each in rows)
    assert len({id(array) for each in rows for array in each}) == 2


def test_films_of_subjects_are_known_as_long_as_the_model_is_open(films: list[Movie]) -> None:
    viewer, drama = make_user(), make_genre("Drama")
    films[1].genres.set([drama])
    make_not_interested(user=viewer, genre=drama)
    make_not_interested(user=viewer, genre=make_genre("Western"))
    make_not_interested(user=viewer, person=make_credit(films[0]).person)
    everyone = UserRange(viewer.pk, viewer.pk)
    model = neighbours_model(films)
    first = read_hidden(everyone, model)

    with captured_queries() as again:
        second = read_hidden(everyone, model)
    films[2].genres.set([drama])
    with captured_queries() as of_another:
        other = read_hidden(everyone, neighbours_model(films))

    assert (len(again), len(of_another)) == (1, 3)
    for each in (first, second):
        assert sorted(rows.tolist() for rows in rows_of(each, viewer.pk)) == [[0], [1]]
    assert sorted(sorted(rows.tolist()) for rows in rows_of(other, viewer.pk)) == [[0], [1, 2]]


def test_of_many_subjects_those_used_last_are_kept(
    films: list[Movie], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hidden, "KEPT_SUBJECTS", 2)
    viewers = [make_user() for _ in range(3)]
    for film, viewer in zip(films, viewers, strict=False):
        make_not_interested(user=viewer, person=make_credit(film).person)
    model = neighbours_model(films)

    def read(number: int) -> int:
        """How many queries that took."""
        viewer_id = viewers[number].pk
        with captured_queries() as statements:
            found = read_hidden(UserRange(viewer_id, viewer_id), model)
        assert [rows.tolist() for rows in rows_of(found, viewer_id)] == [[number]]
        return len(statements)

    assert [read(number) for number in (0, 1, 0, 2, 0, 1)] == [2, 2, 1, 2, 1, 2]
    assert len(read_hidden(EVERYONE, model).of_user) == 3
