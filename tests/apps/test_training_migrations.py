"""Trainings that are open while the platform is updated, or goes back to the version before."""

from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from apps.recommendations.models import ModelMeasurement

BEFORE, AFTER = "0006_list_written_at", "0008_open_trainings_begin_anew"
PIPELINE = "0009_lists_of_the_pipeline"
FACTORS = "0010_factors_and_kernel"
MEASURED = "0014_measurements_go_with_their_model"
UNRATED = "0015_films_without_ratings"


def migrate(name: str) -> Any:
    """The model of a version as it is after this migration."""
    MigrationExecutor(connection).migrate([("recommendations", name)])
    return model_of(name)


def model_of(name: str) -> Any:
    """As code knows it that was released with this migration."""
    state = MigrationExecutor(connection).loader.project_state([("recommendations", name)])
    return state.apps.get_model("recommendations", "ModelVersion")


@pytest.mark.django_db(transaction=True)
def test_an_open_training_begins_anew_in_either_direction() -> None:
    try:
        old = migrate(BEFORE)
        for state, phase, next_item in [("training", "weights", 7), ("ready", "done", 9)]:
            old.objects.create(state=state, phase=phase, next_item=next_item)

        new = migrate(AFTER)
        forward = set(new.objects.values_list("state", "phase"))
        back = set(migrate(BEFORE).objects.values_list("state", "phase", "next_item"))
    finally:
        newest = MigrationExecutor(connection)
        newest.migrate(newest.loader.graph.leaf_nodes())

    assert forward == {("training", "survey"), ("ready", "done")}
    assert back == {("training", "gram", 0), ("ready", "done", 0)}


@pytest.mark.django_db(transaction=True)
def test_a_model_of_an_older_release_can_no_longer_be_served() -> None:
    try:
        old = migrate(AFTER)
        for state in ("ready", "training", "cancelled"):
            old.objects.create(state=state, kind="local_ridge")

        new = migrate(PIPELINE)
        forward = set(new.objects.values_list("state", "error"))
    finally:
        newest = MigrationExecutor(connection)
        newest.migrate(newest.loader.graph.leaf_nodes())

    assert forward == {
        ("failed", "made by an older release; train again"),
        ("training", ""),
        ("cancelled", ""),
    }


@pytest.mark.django_db
def test_the_version_before_asks_for_trainings_and_purges_models_beside_the_new_columns() -> None:
    """Migrations run before the new code, and the old one may come back."""
    older = model_of(AFTER)
    asked = older.objects.create(state="requested")
    ModelMeasurement.objects.create(model_version_id=asked.pk)

    older.objects.get(pk=asked.pk).delete()
    connection.check_constraints()

    assert not ModelMeasurement.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("before", "after", "phase"), [(PIPELINE, FACTORS, "weights"), (FACTORS, PIPELINE, "factors")]
)
def test_an_open_training_knows_nothing_of_the_phases_of_another_release(
    before: str, after: str, phase: str
) -> None:
    try:
        old = migrate(before)
        for state in ("training", "failed"):
            version = old.objects.create(state=state, phase=phase)
            version.shards.create(number=0, start=0, stop=9)

        new = migrate(after)
        found = {
            (version.state, version.phase, version.shards.count()) for version in new.objects.all()
        }
    finally:
        newest = MigrationExecutor(connection)
        newest.migrate(newest.loader.graph.leaf_nodes())

    assert found == {("training", "survey", 0), ("failed", phase, 1)}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("before", "after"), [(MEASURED, UNRATED), (UNRATED, MEASURED)])
def test_neither_release_goes_on_with_what_the_other_has_left(before: str, after: str) -> None:
    kept = {"phase": "factors", "epochs_done": 3, "arrays": {"films.vectors": {}}, "attempts": 1}
    try:
        old = migrate(before)
        for state in ("training", "ready", "cancelled"):
            version = old.objects.create(state=state, leased_until=timezone.now(), **kept)
            version.shards.create(number=0, start=0, stop=9)

        new = migrate(after)
        found = {version.state: version for version in new.objects.all()}
    finally:
        newest = MigrationExecutor(connection)
        newest.migrate(newest.loader.graph.leaf_nodes())

    assert found.keys() == {"requested", "failed", "cancelled"}
    begun_anew = {"phase": "survey", "epochs_done": 0, "arrays": {}, "attempts": 0}
    for state, expected in (("requested", begun_anew), ("failed", kept), ("cancelled", kept)):
        assert {name: getattr(found[state], name) for name in expected} == expected
    assert found["requested"].leased_until is None
    assert not found["requested"].shards.exists()
    assert found["failed"].error == "made by an older release; train again"
    assert not found["cancelled"].error
