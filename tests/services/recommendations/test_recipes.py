"""Lists by variant: in builds, in refreshes and in explanations, and the usual ones outside."""

import math

import pytest

from apps.favorites import actions as library
from apps.movies.models import Movie
from apps.recommendations import actions
from apps.recommendations.actions import VariantDraft
from apps.recommendations.experimenting.assignment import place_of
from apps.recommendations.experimenting.variant_settings import SETTINGS
from apps.recommendations.models import (
    Alert,
    Experiment,
    Generation,
    RecommendationList,
    Variant,
)
from apps.users.models import User
from services.recommendations.recipes import Recipe
from services.recommendations.refreshing import Outcome, refresh_user
from services.recommender.pipeline.ranking import BLOCK
from tests.apps.experimenting.experiments import make_experiment
from tests.factories import make_user

from .conftest import NOON, FakeClock, build_generation, make_ready_model

pytestmark = pytest.mark.django_db

Source = RecommendationList.Source
VARIANTS = (
    VariantDraft(name="control", share=300, is_control=True),
    VariantDraft(name="short", share=300, pipeline={"limit": 3}),
    VariantDraft(name="holdback", share=200, kind=Variant.Kind.POPULARITY),
)


@pytest.fixture
def viewers(films: list[Movie]) -> list[User]:
    """More than a block, of every variant and outside; each likes one film."""
    found = [make_user() for _ in range(BLOCK + 12)]
    for number, viewer in enumerate(found):
        library.rate_movie(user=viewer, movie_id=films[number % 5].pk, score=9, at=NOON)
    return found


@pytest.fixture
def experiment() -> Experiment:
    return make_experiment(*VARIANTS, running=True)


def expected(experiment: Experiment, user: User) -> str | None:
    place = place_of(experiment.salt, user.pk)
    ends = {"control": 300, "short": 600, "holdback": 800}
    return next((name for name, end in ends.items() if place < end), None)


def newest(user: User) -> RecommendationList:
    return RecommendationList.objects.filter(user=user).order_by("-pk")[0]


def names(experiment: Experiment) -> dict[int | None, str | None]:
    return {None: None, **dict(experiment.variants.values_list("pk", "name"))}


def test_each_viewer_reads_the_list_of_the_own_variant(
    films: list[Movie], viewers: list[User], experiment: Experiment, clock: FakeClock
) -> None:
    generation = build_generation(make_ready_model(films), clock)

    assert generation.experiment == experiment
    lists = {row.user_id: row for row in RecommendationList.objects.all()}
    assert len(lists) == len(viewers)
    found = {viewer: names(experiment)[lists[viewer.pk].variant_id] for viewer in viewers}
    assert found == {viewer: expected(experiment, viewer) for viewer in viewers}
    assert set(found.values()) == {"control", "short", "holdback", None}
    for number, viewer in enumerate(viewers):
        row, following = lists[viewer.pk], films[number % 5 + 1].pk
        if found[viewer] == "holdback":
            others = [film.pk for film in films if film != films[number % 5]]
            assert (row.movie_ids, set(row.sources)) == (others, {Source.POPULAR})
            assert set(row.propensities) <= {1.0}
        else:
            assert (row.movie_ids[0], row.sources[0]) == (following, Source.PERSONAL)
            assert len(row.movie_ids) == (3 if found[viewer] == "short" else 5)


def test_a_variant_that_this_release_cannot_make_stops_its_experiment_and_no_build(
    films: list[Movie], viewers: list[User], experiment: Experiment, clock: FakeClock
) -> None:
    version = make_ready_model(films)
    before = build_generation(version, clock)
    experiment.variants.filter(name="short").update(pipeline={"boldness": 3})

    generation = build_generation(version, clock)

    assert (before.experiment, generation.experiment) == (experiment, None)
    assert generation.state == Generation.State.ACTIVE
    assert not generation.lists.filter(variant_id__isnull=False).exists()
    experiment.refresh_from_db()
    reason = "its lists cannot be made: there is no setting boldness"
    assert (experiment.state, experiment.stop_reason) == (Experiment.State.STOPPED, reason)
    assert list(Alert.objects.values_list("kind", "text")) == [(Alert.Kind.EXPERIMENT, reason)]


@pytest.mark.parametrize("name", SETTINGS)
def test_lists_can_be_made_with_both_ends_of_every_setting(
    films: list[Movie], viewers: list[User], clock: FakeClock, name: str
) -> None:
    number = SETTINGS[name]
    ends = [int(end) if number.is_whole else end for end in (number.lowest, number.highest)]
    variants = [VariantDraft(name="usual", share=1, is_control=True)]
    variants += [
        VariantDraft(name=f"end-{place}", share=400, pipeline={name: end})
        for place, end in enumerate(ends)
    ]
    experiment = make_experiment(*variants, running=True)

    generation = build_generation(make_ready_model(films), clock)

    assert (generation.state, generation.experiment) == (Generation.State.ACTIVE, experiment)
    assert generation.lists.count() == len(viewers)
    assert all(math.isfinite(score) for row in generation.lists.all() for score in row.scores)


def test_a_refresh_goes_by_the_variant_of_the_lists_it_adds_to(
    films: list[Movie], viewers: list[User], experiment: Experiment, clock: FakeClock
) -> None:
    build_generation(make_ready_model(films), clock)
    before = {viewer: newest(viewer).variant_id for viewer in viewers[:12]}
    actions.stop_experiment(experiment_id=experiment.pk, at=NOON)
    make_experiment(*reversed(VARIANTS), name="next", running=True)

    for viewer in before:
        library.rate_movie(user=viewer, movie_id=films[5].pk, score=4, at=NOON)
        assert refresh_user(user_id=viewer.pk, clock=clock).outcome is Outcome.BUILT

    assert {viewer: newest(viewer).variant_id for viewer in before} == before
    assert all(newest(viewer).revision == 2 for viewer in before)


def test_without_an_experiment_nothing_is_noted(
    films: list[Movie], viewers: list[User], clock: FakeClock
) -> None:
    generation = build_generation(make_ready_model(films), clock)

    assert (generation.experiment, generation.assignment) == (None, {})
    assert not RecommendationList.objects.filter(variant_id__isnull=False).exists()


def test_the_lists_after_a_stop_are_the_usual_ones(
    films: list[Movie], viewers: list[User], experiment: Experiment, clock: FakeClock
) -> None:
    version = make_ready_model(films)
    build_generation(version, clock)
    actions.stop_experiment(experiment_id=experiment.pk, at=NOON)

    after = build_generation(version, clock)

    assert after.experiment is None
    assert not after.lists.filter(variant_id__isnull=False).exists()
    assert all(newest(viewer).sources[0] == Source.PERSONAL for viewer in viewers[:20])


def test_what_an_experiment_changes_by_its_start_and_its_end_is_no_churn(
    films: list[Movie], viewers: list[User], clock: FakeClock
) -> None:
    version = make_ready_model(films)
    build_generation(version, clock)
    experiment = make_experiment(*VARIANTS, running=True)
    usual = sum(expected(experiment, viewer) in {"control", None} for viewer in viewers)

    started = build_generation(version, clock)
    again = build_generation(version, clock)
    actions.stop_experiment(experiment_id=experiment.pk, at=NOON)
    ended = build_generation(version, clock)

    found = [(each.difference["same_taste"], each.difference["churn"]) for each in (started, ended)]
    assert found == [(usual, 0), (usual, 0)]
    assert (again.difference["same_taste"], again.difference["churn"]) == (len(viewers), 0)
    assert started.difference["overlap"] < 1
    assert ended.state == Generation.State.ACTIVE


def test_a_list_is_explained_by_the_settings_that_it_was_made_with(
    films: list[Movie], viewers: list[User], experiment: Experiment, clock: FakeClock
) -> None:
    generation = build_generation(make_ready_model(films), clock)

    recipe = Recipe.of(generation)

    by_name = {name: recipe.settings_of(pk) for pk, name in names(experiment).items()}
    assert by_name["short"].pipeline.limit == 3
    assert by_name["holdback"].pipeline.taste == 0
    assert by_name["control"] == by_name[None] == recipe.usual
    assert Generation.objects.get(pk=generation.pk).pipeline["taste"] == 1
