"""Explanations of lists that workers built from rows, with a blend of three models."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker, Settings

from apps.favorites import actions
from apps.favorites.models import NotInterested, Rating, WatchEntry
from apps.movies.models import Movie
from apps.recommendations import publishing
from apps.recommendations.models import Explanation, Generation, ModelVersion
from apps.users.models import User
from services.leasing import LEASE
from services.recommendations.explaining import MAX_ATTEMPTS, Outcome, explain
from services.recommendations.loading import read_history
from tests.apps.films import make_credit, make_person
from tests.factories import make_genre, make_movie
from tests.made_once import made_once

from .conftest import NOON, FakeClock, at_call, build_generation
from .explained import (
    UNRATED,
    ask,
    explained,
    list_of,
    list_without,
    make_random_viewer,
    store,
    summed,
    trained_model,
)

pytestmark = pytest.mark.django_db

WHY, WHY_NOT = Explanation.Kind
FILMS = 60
VIEWERS = 4


def make_films() -> list[Movie]:
    return [make_movie(year=1960 + number) for number in range(FILMS)]


@pytest.fixture(scope="module")
def films_of_module(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[list[Movie]]:
    """The same ids in each test: the model that is fitted to them is fitted once."""
    with made_once(django_db_blocker, make_films) as films:
        yield films


@pytest.fixture
def films(films_of_module: list[Movie], db: None) -> list[Movie]:
    return deepcopy(films_of_module)


@pytest.fixture
def viewers(films: list[Movie]) -> list[User]:
    return [make_random_viewer(seed, films, at=NOON) for seed in range(VIEWERS)]


@pytest.fixture
def generation(
    settings: Settings, films: list[Movie], viewers: list[User], clock: FakeClock
) -> Generation:
    """Lists in which all that can count does: decay, freshness, chance."""
    settings.RECOMMENDER_PIPELINE = {
        "half_life": 300.0,
        "floor": 0.1,
        "freshness": 0.3,
        "depth": 10,
        "exploration_places": [3, 7],
        "exploration_rate": 0.6,
    }
    return build_generation(store(trained_model(films)), clock)


def test_what_is_told_adds_up_to_the_stored_score_of_every_film(
    generation: Generation, films: list[Movie], viewers: list[User], clock: FakeClock
) -> None:
    unrated = {film.pk for film in films[-UNRATED:]}
    for user in viewers:
        row = list_of(user)
        telling = [pk for pk in read_history(user.pk).item_ids.tolist() if pk not in unrated]
        for position, movie_id in list(enumerate(row.movie_ids))[::3]:
            body = explained(row, movie_id, clock).body

            assert abs(summed(body) - row.scores[position]) < 1e-5
            # What is hidden tells nothing, nor does a film that nobody rated when the model was
            # trained; all else does: also what was disliked or only watched.
            assert len(body["contributions"]) + body["others"]["films"] == len(telling)
            assert {"popularity", "ials.normalisation", "user_kernel.normalisation"} <= (
                body["constants"].keys()
            )


def test_because_names_what_is_liked_and_its_share_of_all_that_speaks_for_the_film(
    generation: Generation, viewers: list[User], clock: FakeClock
) -> None:
    for user in viewers:
        row = list_of(user)
        body = explained(row, row.movie_ids[0], clock).body
        liked = set(Rating.objects.filter(user=user, score__gte=7).values_list("movie", flat=True))

        speaking = {
            each["movie_id"]: each["contribution"]
            for each in body["contributions"]
            if each["contribution"] > 0
        }
        # None of these viewers did anything with more than the 20 films that are named.
        best = sorted(speaking.keys() & liked, key=lambda pk: -speaking[pk])[:2]
        assert [each["movie_id"] for each in body["because"]] == best
        for each in body["because"]:
            share = speaking[each["movie_id"]] / sum(speaking.values())
            assert each["share"] == pytest.approx(share)


def test_a_counterfactual_is_the_list_of_whoever_never_touched_the_film(
    generation: Generation, viewers: list[User], clock: FakeClock
) -> None:
    compared = 0
    for user in viewers:
        row = list_of(user)
        for movie_id in row.movie_ids[:6:2]:
            for told in explained(row, movie_id, clock).body["counterfactuals"]:
                other = list_without(told["movie_id"], user.pk, clock)
                places = {pk: place for place, pk in enumerate(other.movie_ids, start=1)}
                assert told["place"] == places.get(movie_id)
                if told["place"]:
                    score = other.scores[told["place"] - 1]
                    assert told["score"] == pytest.approx(score, abs=1e-5)
                compared += 1
    assert compared == VIEWERS * 3 * 2


def test_the_newest_event_of_all_may_be_the_one_that_is_taken_away(
    generation: Generation, viewers: list[User], clock: FakeClock
) -> None:
    """All others are younger then, and count for more."""
    newest = Rating.objects.get(user=viewers[0], rated_at=NOON)
    row = list_of(viewers[0])
    other = list_without(newest.movie_id, viewers[0].pk, clock)
    stored = dict(zip(other.movie_ids, other.scores, strict=True))
    compared = 0
    for movie_id in row.movie_ids[::2]:
        for told in explained(row, movie_id, clock).body["counterfactuals"]:
            if told["movie_id"] == newest.movie_id:
                assert told["score"] == pytest.approx(stored[movie_id], abs=1e-5)
                compared += 1
    assert compared


def test_an_explanation_is_made_once(
    generation: Generation, viewers: list[User], clock: FakeClock
) -> None:
    row = list_of(viewers[0])
    asked = explained(row, row.movie_ids[0], clock)
    assert (asked.computed_at, asked.attempts) == (NOON, 1)
    clock.advance(seconds=1)

    assert explain(explanation_id=asked.pk, clock=clock) is Outcome.NOT_WAITED_FOR
    assert explain(explanation_id=404, clock=clock) is Outcome.NOT_WAITED_FOR
    asked.refresh_from_db()
    assert (asked.computed_at, asked.attempts) == (NOON, 1)


def test_messages_that_come_while_a_worker_is_at_it_neither_count_nor_spoil_what_it_makes(
    generation: Generation, viewers: list[User], clock: FakeClock
) -> None:
    """As from sweeps, while a worker reads a model for the first time."""
    row = list_of(viewers[0])
    asked = ask(row, row.movie_ids[0], WHY, at=clock())
    others: list[Outcome] = []

    def come_too() -> None:
        others.extend(explain(explanation_id=asked.pk, clock=clock) for _ in range(MAX_ATTEMPTS))

    # It asks once when it begins and once when all is made.
    outcome = explain(explanation_id=asked.pk, clock=at_call(2, clock, come_too))

    assert (outcome, others) == (Outcome.MADE, [Outcome.NOT_WAITED_FOR] * MAX_ATTEMPTS)
    asked.refresh_from_db()
    assert (asked.computed_at, asked.attempts, asked.error) == (NOON, 1, "")


def test_what_a_dead_worker_left_is_made_by_another_when_its_time_is_over(
    generation: Generation, viewers: list[User], clock: FakeClock
) -> None:
    row = list_of(viewers[0])
    asked = ask(row, row.movie_ids[0], WHY, at=clock())
    Explanation.objects.update(attempts=1, leased_until=clock() + LEASE)

    assert explain(explanation_id=asked.pk, clock=clock) is Outcome.NOT_WAITED_FOR
    clock.advance(seconds=LEASE.total_seconds())
    assert explain(explanation_id=asked.pk, clock=clock) is Outcome.MADE


def test_a_list_whose_viewer_wrote_since_is_dropped(
    generation: Generation, viewers: list[User], clock: FakeClock
) -> None:
    row = list_of(viewers[0])
    asked = ask(row, row.movie_ids[0], WHY, at=clock())
    actions.rate_movie(user=viewers[0], movie_id=row.movie_ids[5], score=9, at=clock())

    assert explain(explanation_id=asked.pk, clock=clock) is Outcome.REPLACED
    assert not Explanation.objects.exists()


def test_a_list_of_another_generation_is_dropped(
    generation: Generation, viewers: list[User], clock: FakeClock
) -> None:
    row = list_of(viewers[0])
    asked = ask(row, row.movie_ids[0], WHY, at=clock())
    build_generation(generation.model_version, clock)

    assert explain(explanation_id=asked.pk, clock=clock) is Outcome.REPLACED
    assert not Explanation.objects.exists()


def test_a_score_that_is_not_reproduced_is_not_explained(
    generation: Generation, viewers: list[User], clock: FakeClock
) -> None:
    row = list_of(viewers[0])
    asked = ask(row, row.movie_ids[0], WHY, at=clock())
    # A bare row: nothing says that the list has not seen it.
    unseen = Rating.objects.filter(user=viewers[0], score__gte=7).first()
    assert unseen is not None
    unseen.delete()

    assert explain(explanation_id=asked.pk, clock=clock) is Outcome.GIVEN_UP
    asked.refresh_from_db()
    assert asked.error.startswith(f"the score was {row.scores[0]}, and would be ")
    assert (asked.computed_at, asked.body) == (None, {})


def test_a_list_of_an_older_release_is_not_explained(
    generation: Generation, viewers: list[User], clock: FakeClock
) -> None:
    row = list_of(viewers[0])
    asked = ask(row, row.movie_ids[0], WHY, at=clock())
    ModelVersion.objects.update(state=ModelVersion.State.FAILED)

    assert explain(explanation_id=asked.pk, clock=clock) is Outcome.GIVEN_UP


def test_what_ends_its_workers_is_left_alone_in_the_end(
    generation: Generation,
    viewers: list[User],
    clock: FakeClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    row = list_of(viewers[0])
    asked = ask(row, row.movie_ids[0], WHY, at=clock())
    Explanation.objects.update(attempts=MAX_ATTEMPTS)

    assert explain(explanation_id=asked.pk, clock=clock) is Outcome.GIVEN_UP
    asked.refresh_from_db()
    assert asked.error == "given up after 3 attempts"
    assert caplog.messages == [f"explanation {asked.pk} is given up: given up after 3 attempts"]


def told(user: User, movie: Movie, clock: FakeClock) -> dict[str, Any]:
    body: dict[str, Any] = explained(list_of(user), movie.pk, clock, WHY_NOT).body
    return body


def test_a_film_of_the_list_is_found_where_it_is(
    generation: Generation, viewers: list[User], clock: FakeClock
) -> None:
    row = list_of(viewers[0])
    page = generation.pipeline["page"]
    for position, movie_id in list(enumerate(row.movie_ids))[::4]:
        body = told(viewers[0], Movie.objects.get(pk=movie_id), clock)

        assert body["place"] == position + 1
        assert (body["fell_out"] == "nowhere") == (position < page)
        assert body["excluded_by"] == []
        assert body["settings"] == generation.pipeline
        assert body["passed_by"] is None or (
            body["passed_by"]["movie_id"] in row.movie_ids and body["passed_by"]["place"] >= 1
        )


def test_what_keeps_a_film_out_is_named(films: list[Movie], clock: FakeClock) -> None:
    user = make_random_viewer(3, films, at=NOON)
    known = set(Rating.objects.filter(user=user).values_list("movie", flat=True))
    known |= set(WatchEntry.objects.filter(user=user).values_list("movie", flat=True))
    hidden = NotInterested.objects.filter(user=user).first()
    assert hidden is not None
    fresh = [film for film in films if film.pk not in known | {hidden.movie_id}][:3]
    person, genre = make_person(), make_genre("Horror")
    make_credit(fresh[0], person=person)
    fresh[1].genres.add(genre)
    for film in fresh[2:]:
        make_credit(film, person=person)
        film.genres.add(genre)
    for subject in (person, genre):
        actions.hide_subject(user=user, subject=subject, at=NOON)
    build_generation(store(trained_model(films)), clock)

    reasons = {
        film.pk: told(user, film, clock)["excluded_by"]
        for film in (
            Movie.objects.get(pk=min(known)),
            Movie.objects.get(pk=hidden.movie_id),
            *fresh,
        )
    }

    assert list(reasons.values()) == [
        ["profile"],
        ["hidden_film"],
        ["hidden_person"],
        ["hidden_genre"],
        ["hidden_genre", "hidden_person"],
    ]
    assert told(user, make_movie(), clock)["fell_out"] == "not_in_model"


def test_rolling_back_brings_no_explanation_of_lists_that_are_read_no_more(
    generation: Generation, viewers: list[User], clock: FakeClock
) -> None:
    row = list_of(viewers[0])
    kept = explained(row, row.movie_ids[0], clock)
    build_generation(generation.model_version, clock)
    newer = list_of(viewers[0])
    asked = ask(newer, newer.movie_ids[0], WHY, at=clock())
    publishing.roll_back(at=clock())

    assert explain(explanation_id=asked.pk, clock=clock) is Outcome.REPLACED
    assert list(Explanation.objects.all()) == [kept]
