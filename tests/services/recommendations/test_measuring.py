"""How good the method is on the platform's own ratings: a run of slices beside everything else."""

from typing import Any

import pytest
from numpy import arange, array, int64, unique, zeros

from apps.favorites.models import Favorite, Rating
from apps.recommendations import actions
from apps.recommendations.models import METRICS, SLICES, Generation, ModelMeasurement, ModelVersion
from apps.users.models import User
from services import leasing
from services.recommendations import measured_sample, measuring, purging, sweeping
from services.recommendations.loading import NOW
from services.recommendations.measured_sample import choose_viewers, read_sample
from services.recommendations.training_data import Census
from services.recommender.evaluation.protocols import REVISION
from tests.factories import make_movie, make_user

from .conftest import NOON, FakeClock, advance_training, at_call
from .measured_platform import FILMS_OF_A_TASTE, LIKED, TASTES, add_viewers, make_trained_version

pytestmark = pytest.mark.django_db

VIEWERS = 72
State = ModelMeasurement.State


def finish(measurement: ModelMeasurement, clock: FakeClock) -> dict[str, Any]:
    while measuring.measure_in_turn(measurement_id=measurement.pk, clock=clock):
        pass
    measurement.refresh_from_db()
    assert (measurement.state, measurement.error) == (State.DONE, "")
    version = ModelVersion.objects.get(pk=measurement.model_version_id)
    metrics: dict[str, Any] = version.metrics
    return metrics


def begin(*, viewers: int = VIEWERS) -> ModelMeasurement:
    add_viewers(viewers)
    return actions.request_metrics(model_version_id=make_trained_version().pk)


def test_the_blend_is_better_than_popularity_and_popularity_than_chance(clock: FakeClock) -> None:
    measurement = begin()

    metrics = finish(measurement, clock)

    figures = {(each["protocol"], each["model"]): each for each in metrics["results"]}
    assert list(figures) == list(SLICES)
    # A list of 10 of the films that a viewer has not liked yet holds that share of the targets.
    by_chance = 10 / (TASTES * FILMS_OF_A_TASTE - LIKED)
    for protocol in ("strong-graded", "time"):
        popularity, blend = (figures[protocol, name] for name in ("popularity", "blend"))
        difference = blend["differences"]["ndcg@10"]
        assert difference["mean"] > 3 * difference["se"] > 0
        assert difference["mean"] == pytest.approx(
            blend["figures"]["ndcg@10"]["mean"] - popularity["figures"]["ndcg@10"]["mean"]
        )
        assert blend["figures"]["ndcg@10"]["mean"] > 2 * by_chance
        assert popularity["viewers"] == blend["viewers"] > 0
        assert popularity["differences"] == {}
    assert set(figures["time", "blend"]["figures"]) == set(METRICS)
    assert set(figures["strong-graded", "blend"]["figures"]) == set(METRICS) - {"disliked@20"}
    assert figures["time", "blend"]["figures"]["coverage@20"]["se"] is None


def test_what_was_measured_on_is_told(clock: FakeClock) -> None:
    measurement = begin()

    metrics = finish(measurement, clock)

    assert metrics["sample"] == {
        "seed": measurement.model_version_id,
        "viewers": VIEWERS,
        "of_viewers": VIEWERS,
        "simulated_viewers": 0,
        "events": Rating.objects.count(),
        "films": TASTES * FILMS_OF_A_TASTE,
        "of_films": TASTES * FILMS_OF_A_TASTE,
        "limits": {"viewers": 10_000, "events": 1_000_000, "films": 5_000},
    }
    assert (metrics["seeds"], metrics["revision"]) == ([0], REVISION)
    assert metrics["measured_at"] == "2026-11-22T12:00:00+00:00"
    assert measurement.viewer_ids == []


def test_a_slice_is_one_model_and_another_worker_goes_on_after_it(clock: FakeClock) -> None:
    measurement = begin()
    for slices in (0, 1):
        assert measuring.measure_in_turn(measurement_id=measurement.pk, clock=clock)
        measurement.refresh_from_db()
        assert len(measurement.results) == slices
    first = measurement.results
    assert measurement.percent_done == 28
    # A worker that dies holds the lease until it runs out; its message comes again in vain before.
    lease = leasing.claim(
        ModelMeasurement,
        measurement.pk,
        from_states=measuring.OPEN_STATES,
        to_state=State.MEASURING,
        at=clock(),
    )
    assert lease is not None
    assert not measuring.measure_in_turn(measurement_id=measurement.pk, clock=clock)
    assert sweeping.waiting_measurements(at=clock()) == []
    clock.advance(seconds=31)
    assert sweeping.waiting_measurements(at=clock()) == [measurement.pk]

    metrics = finish(measurement, clock)

    assert metrics["results"][:1] == first
    assert len(metrics["results"]) == len(SLICES)


def test_a_message_that_comes_again_afterwards_changes_nothing(clock: FakeClock) -> None:
    measurement = begin()
    metrics = finish(measurement, clock)
    clock.advance(hours=1)

    assert not measuring.measure_in_turn(measurement_id=measurement.pk, clock=clock)

    assert ModelVersion.objects.get().metrics == metrics
    assert sweeping.waiting_measurements(at=clock()) == []


def test_the_same_model_measured_again_gives_the_same_figures(clock: FakeClock) -> None:
    measurement = begin()
    metrics = finish(measurement, clock)
    Rating.objects.create(user=make_user(), movie=make_movie(), score=9)

    again = actions.request_metrics(model_version_id=measurement.model_version_id)

    assert finish(again, clock)["results"] == metrics["results"]
    assert ModelMeasurement.objects.count() == 1


def test_a_measurement_is_cancelled_in_the_middle_of_a_slice(clock: FakeClock) -> None:
    measurement = begin()
    measuring.measure_in_turn(measurement_id=measurement.pk, clock=clock)

    def cancel() -> None:
        actions.cancel_measurement(measurement_id=measurement.pk, at=NOON)

    again = measuring.measure(measurement_id=measurement.pk, clock=at_call(2, clock, cancel))

    measurement.refresh_from_db()
    assert not again
    assert (measurement.state, measurement.finished_at) == (State.CANCELLED, NOON)
    assert (measurement.results, measurement.viewer_ids, measurement.error) == ([], [], "")
    assert ModelVersion.objects.get().metrics == {}
    assert sweeping.waiting_measurements(at=clock()) == []
    with pytest.raises(actions.NotOpenError):
        actions.cancel_measurement(measurement_id=measurement.pk, at=NOON)


def test_too_few_ratings_are_a_reason_that_is_stored(clock: FakeClock) -> None:
    measurement = begin(viewers=19)

    metrics = finish(measurement, clock)

    assert metrics == {
        "skipped": "too few viewers have rated enough films",
        "measured_at": "2026-11-22T12:00:00+00:00",
    }


def test_time_order_goes_by_ratings_whose_moment_is_known(clock: FakeClock) -> None:
    measurement = begin()
    ratings = Rating.objects.order_by("user_id", "pk")
    viewer_id = ratings[0].user_id
    ratings.exclude(user_id=viewer_id).update(rated_at=None)

    metrics = finish(measurement, clock)

    events = {(each["protocol"], each["events"]) for each in metrics["results"]}
    assert events == {
        ("strong-graded", ratings.count()),
        ("time", ratings.filter(user_id=viewer_id).count()),
    }


def test_a_protocol_that_can_make_nothing_of_the_ratings_says_so(clock: FakeClock) -> None:
    measurement = begin()
    Rating.objects.update(rated_at=NOON)

    metrics = finish(measurement, clock)

    left_out = {(each["protocol"], each.get("left_out")) for each in metrics["results"]}
    assert left_out == {
        ("strong-graded", None),
        ("time", "seed 0 leaves no test viewer with films to find"),
    }


def test_nothing_is_left_of_what_the_model_learned_from(clock: FakeClock) -> None:
    add_viewers(VIEWERS)
    version = make_trained_version()
    Rating.objects.all().delete()
    add_viewers(VIEWERS)

    metrics = finish(actions.request_metrics(model_version_id=version.pk), clock)

    assert metrics["sample"]["events"] == 0
    assert all(each["left_out"] for each in metrics["results"])


def test_simulated_viewers_are_measured_only_where_they_were_learned_from(
    clock: FakeClock,
) -> None:
    add_viewers(VIEWERS, origin=User.Origin.SIMULATED)
    measurement = actions.request_metrics(model_version_id=make_trained_version().pk)
    assert finish(measurement, clock)["sample"]["simulated_viewers"] == VIEWERS

    add_viewers(24)
    measurement = actions.request_metrics(model_version_id=make_trained_version().pk)

    sample = finish(measurement, clock)["sample"]
    assert (sample["viewers"], sample["simulated_viewers"]) == (24, 0)


@pytest.mark.parametrize("waits_for", ["training", "generation"])
def test_it_gives_way_to_whatever_viewers_wait_for(clock: FakeClock, waits_for: str) -> None:
    measurement = begin()
    version = measurement.model_version
    if waits_for == "training":
        other = ModelVersion.objects.create()
    else:
        generation = actions.request_generation(model_version_id=version.pk)

    assert not measuring.measure_in_turn(measurement_id=measurement.pk, clock=clock)
    assert sweeping.waiting_measurements(at=clock()) == []

    measurement.refresh_from_db()
    assert measurement.state == State.REQUESTED
    if waits_for == "training":
        actions.cancel_training(model_version_id=other.pk, at=NOON)
    else:
        Generation.objects.filter(pk=generation.pk).update(state="active")
    assert sweeping.waiting_measurements(at=clock()) == [measurement.pk]


@pytest.mark.parametrize(("origin", "measured"), [("schedule", 1), ("command", 0), ("user", 0)])
def test_nightly_models_are_measured_by_themselves(
    clock: FakeClock, origin: str, measured: int
) -> None:
    add_viewers(4)
    version = actions.request_training(origin=origin)

    while advance_training(version, clock):
        pass

    version.refresh_from_db()
    assert version.state == ModelVersion.State.READY
    assert ModelMeasurement.objects.filter(model_version=version).count() == measured


def test_only_a_model_that_is_ready_is_measured_and_once_at_a_time() -> None:
    training = ModelVersion.objects.create()
    with pytest.raises(actions.ModelNotReadyError):
        actions.request_metrics(model_version_id=training.pk)
    measurement = begin(viewers=1)

    with pytest.raises(actions.StillOpenError, match=r"measurement of model \d+ is requested"):
        actions.request_metrics(model_version_id=measurement.model_version_id)

    assert ModelMeasurement.objects.get() == measurement


def test_a_measurement_goes_with_its_model(clock: FakeClock) -> None:
    measurement = begin(viewers=1)
    ModelVersion.objects.create(state=ModelVersion.State.READY)
    ModelVersion.objects.update(created_at=NOON)
    clock.advance(days=30)

    assert purging.purge_model(at=clock())

    assert not ModelMeasurement.objects.exists()
    assert not measuring.measure_in_turn(measurement_id=measurement.pk, clock=clock)
    steps = measuring.run_measurement(
        measurement_id=measurement.pk, clock=clock, sleep=lambda _: None
    )
    assert list(steps) == []


def census(events: list[int]) -> Census:
    count = len(events)
    return Census(arange(1, count + 1), array(events), zeros(count, int64), zeros(count, bool))


def test_viewers_are_chosen_by_their_ids_and_the_seed_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(measured_sample, "MAX_VIEWERS", 300)
    chosen = choose_viewers(census([1] * 1_000), seed=7)

    assert chosen.size == unique(chosen).size == 300
    assert (chosen == choose_viewers(census([2] * 1_000), seed=7)).all()
    other = choose_viewers(census([1] * 1_000), seed=8)
    # Of two independent draws of 300 of 1,000, some 90 are in both (deviation 8).
    assert 50 < len(set(chosen.tolist()) & set(other.tolist())) < 130
    fewer = choose_viewers(census([1] * 999), seed=7)
    assert len(set(chosen.tolist()) & set(fewer.tolist())) >= 299


def test_no_more_events_are_chosen_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured_sample, "MAX_EVENTS", 95)

    assert choose_viewers(census([10] * 50), seed=1).size == 9


def test_a_favourite_is_a_score_of_ten_and_the_greater_counts() -> None:
    viewer, rated, both = make_user(), make_movie(), make_movie()
    for film in (rated, both):
        Rating.objects.create(user=viewer, movie=film, score=4, rated_at=NOON)
    Favorite.objects.create(user=viewer, movie=both)
    Favorite.objects.update(created_at=NOON)

    events = read_sample([viewer.pk], NOW).events

    assert events.item_ids.tolist() == [rated.pk, both.pk]
    assert events.matrix.toarray().tolist() == [[4, 10]]
    assert events.times is not None
    assert events.times.tolist() == [int(NOON.timestamp())] * 2


def test_the_films_with_most_events_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured_sample, "MAX_FILMS", 1)
    films = [make_movie(), make_movie()]
    viewers = [make_user(), make_user()]
    Rating.objects.create(user=viewers[0], movie=films[0], score=9)
    for viewer in viewers:
        Rating.objects.create(user=viewer, movie=films[1], score=9)

    sample = read_sample([viewer.pk for viewer in viewers], NOW)

    assert sample.events.item_ids.tolist() == [films[1].pk]
    assert sample.films_before == 2
