"""A measurement goes on from message to message, and the sweep finds what a lost one leaves."""

from datetime import timedelta

import pytest
import redis
from django.utils import timezone

from apps.recommendations import actions
from apps.recommendations.models import SLICES, Generation, ModelMeasurement, ModelVersion
from services.catalog.search_documents import refresh_all
from tests.services.recommendations.measured_platform import add_viewers, make_trained_version
from tests.workers.messages import drain
from workers.tasks import maintenance, recommendations

pytestmark = pytest.mark.django_db


@pytest.fixture
def measurement(broker: redis.Redis) -> ModelMeasurement:
    """Asked for, but its message was lost."""
    add_viewers(24)
    measurement = actions.request_metrics(model_version_id=make_trained_version().pk)
    # The sweep would have them indexed.
    refresh_all()
    drain(broker)
    return measurement


def message_of(measurement: ModelMeasurement) -> tuple[str, str, dict[str, int]]:
    return ("training", "training.measure_model", {"measurement_id": measurement.pk})


def test_each_slice_sends_the_next(broker: redis.Redis, measurement: ModelMeasurement) -> None:
    for _ in range(len(SLICES)):
        recommendations.measure_model.run(measurement_id=measurement.pk)
        assert drain(broker) == [message_of(measurement)]

    recommendations.measure_model.run(measurement_id=measurement.pk)

    assert drain(broker) == []
    measurement.refresh_from_db()
    assert measurement.state == "done"
    assert len(ModelVersion.objects.get().metrics["results"]) == len(SLICES)


def test_a_message_that_comes_twice_does_a_slice_more_at_most(
    broker: redis.Redis, measurement: ModelMeasurement
) -> None:
    for _ in range(2 * len(SLICES)):
        recommendations.measure_model.run(measurement_id=measurement.pk)

    results = ModelVersion.objects.get().metrics["results"]
    assert [(each["protocol"], each["model"]) for each in results] == list(SLICES)


def test_the_sweep_sends_again_what_was_lost(
    broker: redis.Redis, measurement: ModelMeasurement
) -> None:
    maintenance.sweep.run()

    assert drain(broker) == [message_of(measurement)]


def test_what_gives_way_is_sent_again_once_the_lists_are_there(
    broker: redis.Redis, measurement: ModelMeasurement
) -> None:
    generation = Generation.objects.create(
        model_version_id=measurement.model_version_id,
        state="building",
        leased_until=timezone.now() + timedelta(minutes=1),
    )
    recommendations.measure_model.run(measurement_id=measurement.pk)
    maintenance.sweep.run()
    assert message_of(measurement) not in drain(broker)

    actions.cancel_generation(generation_id=generation.pk, at=timezone.now())
    maintenance.sweep.run()

    assert drain(broker) == [message_of(measurement)]
