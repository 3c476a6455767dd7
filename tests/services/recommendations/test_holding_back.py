"""What is under way while operators roll back does not undo it by publishing itself."""

import pytest
from django.db import transaction

from apps.movies.models import Movie
from apps.recommendations import actions, publishing
from apps.recommendations.models import ActiveGeneration, Generation, ModelVersion
from apps.users.models import User
from services import leasing
from services.recommendations import building, training
from tests.apps.locks import wait_until_blocked

from .conftest import Background, FakeClock, at_call, build_generation, make_ready_model

State = Generation.State


@pytest.fixture
def first(films: list[Movie], viewer: User, clock: FakeClock) -> Generation:
    """It was active, and the one after it is now."""
    first = build_generation(make_ready_model(films), clock)
    clock.advance(minutes=1)
    build_generation(make_ready_model(films, step=2), clock)
    first.refresh_from_db()
    return first


def active() -> Generation | None:
    return ActiveGeneration.objects.get().generation


def build_all(generation: Generation, clock: FakeClock) -> None:
    for _ in building.run_generation(
        generation_id=generation.pk, clock=clock, sleep=lambda _: None
    ):
        pass
    generation.refresh_from_db()


@pytest.mark.django_db
@pytest.mark.parametrize("state", [State.REQUESTED, State.BUILDING, State.READY])
def test_a_generation_under_way_is_built_but_waits_to_be_published_by_hand(
    first: Generation, films: list[Movie], clock: FakeClock, state: str
) -> None:
    generation = actions.request_generation(model_version_id=make_ready_model(films).pk)
    if state != State.REQUESTED:
        building.advance_generation(generation_id=generation.pk, clock=clock)
    if state == State.READY:
        Generation.objects.filter(pk=generation.pk).update(state=state)

    held_back = publishing.roll_back(at=clock(), generation_id=first.pk).held_back
    build_all(generation, clock)

    assert (held_back.generations, held_back.versions) == ((generation,), ())
    assert active() == first
    assert (generation.state, generation.publish) == (State.READY, False)
    assert publishing.publish(generation_id=generation.pk, at=clock())
    assert active() == generation


@pytest.mark.django_db
def test_a_training_under_way_ends_without_lists(first: Generation, clock: FakeClock) -> None:
    version = actions.request_training()

    def roll_back() -> None:
        publishing.roll_back(at=clock(), generation_id=first.pk)

    # The slice has begun, and has read the row, when the roll-back comes.
    training.advance_training(model_version_id=version.pk, clock=at_call(2, clock, roll_back))

    version.refresh_from_db()
    assert (version.state, version.publish) == (ModelVersion.State.READY, False)
    assert not version.generations.exists()
    assert active() == first


@pytest.mark.django_db
def test_what_is_under_way_is_told_in_sentences(first: Generation, clock: FakeClock) -> None:
    version = actions.request_training()
    generation = actions.request_generation(model_version_id=first.model_version_id)
    actions.request_training(publish=False)

    held_back = publishing.roll_back(at=clock()).held_back

    of_version, of_generation = held_back.sentences()
    assert of_version == (
        f"Model {version.pk}, which waits to be trained, is kept back: no lists follow it; build "
        "them by hand."
    )
    assert of_generation == (
        f"Generation {generation.pk}, which waits to be built, is kept back: publish it by hand."
    )
    assert not publishing.roll_back(at=clock(), generation_id=first.pk + 1).held_back.names()


@pytest.mark.django_db
def test_a_refused_roll_back_holds_nothing_back(first: Generation, clock: FakeClock) -> None:
    generation = actions.request_generation(model_version_id=first.model_version_id)

    with pytest.raises(publishing.NotPublishableError):
        publishing.roll_back(at=clock(), generation_id=0)

    generation.refresh_from_db()
    assert generation.publish
    assert active() != first


@pytest.mark.django_db(transaction=True)
def test_a_generation_that_a_training_asks_for_meanwhile_is_held_back(
    first: Generation, clock: FakeClock, background: Background
) -> None:
    version = actions.request_training()
    lease = leasing.claim(
        ModelVersion, version.pk, from_states=["requested"], to_state="training", at=clock()
    )
    assert lease is not None

    with transaction.atomic(), leasing.saving(lease, at=clock()) as held:
        rolling_back = background(publishing.roll_back, at=clock())
        wait_until_blocked()
        held.state = ModelVersion.State.READY
        generation = actions.request_generation(model_version_id=version.pk)
    held_back = rolling_back.result(timeout=10).held_back

    assert held_back.generations == (generation,)
    generation.refresh_from_db()
    assert not generation.publish
    assert active() == first


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", [{"publish": False}, {"state": State.CANCELLED}])
def test_a_worker_about_to_publish_looks_again_once_it_may(
    first: Generation, clock: FakeClock, background: Background, change: dict[str, object]
) -> None:
    generation = actions.request_generation(model_version_id=first.model_version_id)
    Generation.objects.filter(pk=generation.pk).update(state=State.READY)
    before = active()

    with transaction.atomic():
        publishing.lock_active_generation()
        advancing = background(
            building.advance_generation, generation_id=generation.pk, clock=clock
        )
        wait_until_blocked()
        Generation.objects.filter(pk=generation.pk).update(**change)
    assert advancing.result(timeout=10) == []

    assert active() == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("flip", ["publish", "roll_back"])
def test_an_operator_who_waited_for_another_flip_does_not_undo_it(
    first: Generation, films: list[Movie], clock: FakeClock, background: Background, flip: str
) -> None:
    kept_back = build_generation(make_ready_model(films), clock, publish=False)
    newest = build_generation(make_ready_model(films), clock, publish=False)
    seen = ActiveGeneration.objects.get().generation_id
    target = kept_back if flip == "publish" else first

    with transaction.atomic():
        publishing.publish(generation_id=newest.pk, at=clock())
        flipping = background(
            getattr(publishing, flip),
            generation_id=target.pk,
            at=clock(),
            expected_active_id=seen,
        )
        wait_until_blocked()
    with pytest.raises(publishing.ActiveChangedError):
        flipping.result(timeout=10)

    assert active() == newest
    states = dict(Generation.objects.values_list("pk", "state"))
    assert (states[kept_back.pk], states[first.pk]) == (State.READY, State.RETIRED)
