"""Questionnaires while they become the models', or the generations' again."""

from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from apps.recommendations.models import ModelVersion, Questionnaire
from tests.factories import make_generation

OF_GENERATIONS, OF_MODELS = "0023_experiments", "0024_questionnaires_of_models"


def migrate(name: str) -> Any:
    """The models of the app as they are after this migration."""
    executor = MigrationExecutor(connection)
    return executor.migrate([("recommendations", name)]).apps


@pytest.mark.django_db(transaction=True)
def test_a_model_gets_the_questionnaire_of_its_newest_generation_and_gives_it_back_to_all() -> None:
    try:
        old = migrate(OF_GENERATIONS)
        first, second, bare = (
            old.get_model("recommendations", "ModelVersion").objects.create(state="ready")
            for _ in range(3)
        )
        generations = [
            old.get_model("recommendations", "Generation").objects.create(model_version=version)
            for version in (first, second, first, bare, first)
        ]
        for generation in generations[:3]:
            old.get_model("recommendations", "Questionnaire").objects.create(
                generation=generation,
                movie_ids=[generation.pk],
                arrays=f"of {generation.pk}".encode(),
            )

        new = migrate(OF_MODELS).get_model("recommendations", "Questionnaire")
        forward = {
            row.model_version_id: (row.movie_ids, bytes(row.arrays)) for row in new.objects.all()
        }
        back = migrate(OF_GENERATIONS).get_model("recommendations", "Questionnaire")
        backward = dict(back.objects.values_list("generation", "movie_ids"))
    finally:
        newest = MigrationExecutor(connection)
        newest.migrate(newest.loader.graph.leaf_nodes())

    ids = [generation.pk for generation in generations]
    assert forward == {
        first.pk: ([ids[2]], f"of {ids[2]}".encode()),
        second.pk: ([ids[1]], f"of {ids[1]}".encode()),
    }
    assert backward == {ids[0]: [ids[2]], ids[1]: [ids[1]], ids[2]: [ids[2]], ids[4]: [ids[2]]}


@pytest.mark.django_db
def test_the_database_itself_removes_a_questionnaire_with_its_model() -> None:
    """A release that does not know questionnaires may purge models."""
    version = ModelVersion.objects.create(state="ready")
    Questionnaire.objects.create(model_version=version, movie_ids=[1], arrays=b"")

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM recommendations_modelversion WHERE id = %s", [version.pk])
    connection.check_constraints()

    assert not Questionnaire.objects.exists()


@pytest.mark.django_db
def test_a_questionnaire_stays_when_a_generation_goes() -> None:
    generation = make_generation()
    Questionnaire.objects.create(model_version=generation.model_version, movie_ids=[1], arrays=b"")

    generation.delete()

    assert Questionnaire.objects.get().model_version == generation.model_version
