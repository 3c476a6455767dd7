"""A platform whose trainings go through the gate, with viewers who rate in the same hours."""

from typing import Any

from django.db import connection

from apps.recommendations import actions
from apps.recommendations.models import Generation, ModelVersion
from services.recommendations import building

from .conftest import NOON, FakeClock, advance_training, train
from .measured_platform import add_viewers

VIEWERS = 72
SHIPPED = {"exploration_rate": 0.0}
# Whatever the model says, everybody reads what is popular.
POPULAR_LISTS = {"shrinkage": 1e9}
State = ModelVersion.State
Phase = ModelVersion.Phase

# Whoever began later: all viewers rate in the same hours.
_SIDE_BY_SIDE = """
    UPDATE favorites_rating AS rating SET rated_at = %s + (rated_at - begun.at)
    FROM (SELECT user_id, min(rated_at) AS at FROM favorites_rating GROUP BY user_id) AS begun
    WHERE begun.user_id = rating.user_id
"""


def add_viewers_side_by_side() -> None:
    add_viewers(VIEWERS)
    with connection.cursor() as cursor:
        cursor.execute(_SIDE_BY_SIDE, [NOON])


def publish_next(clock: FakeClock, **options: Any) -> tuple[ModelVersion, Generation]:
    """Train, and build and publish what follows; the version and its generation."""
    version = train(actions.request_training(**options), clock)
    assert (version.state, version.error) == (State.READY, "")
    generation = Generation.objects.get(model_version=version)
    for built in building.run_generation(
        generation_id=generation.pk, clock=clock, sleep=lambda _: None
    ):
        generation = built
    assert generation.state == Generation.State.ACTIVE
    return version, generation


def until_gate(clock: FakeClock) -> ModelVersion:
    version = actions.request_training()
    assert advance_training(version, clock)
    version.refresh_from_db()
    assert version.phase == Phase.GATE
    return version
