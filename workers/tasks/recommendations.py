"""Models and lists. Each task is one service call, safe to run twice, late or for nobody."""

from typing import Any

from django.utils import timezone

from services.recommendations import (
    building,
    explaining,
    looking,
    measuring,
    refreshing,
    solving,
    training,
)
from workers import metrics
from workers.celery import app


@app.task(name="realtime.refresh_recommendations", soft_time_limit=20, time_limit=30)
def refresh_recommendations(*, user_id: int, **_: Any) -> None:
    refreshed = refreshing.refresh_user(user_id=user_id, clock=timezone.now)
    if refreshed.again_in is not None:
        refresh_recommendations.apply_async(
            kwargs={"user_id": user_id}, countdown=refreshed.again_in.total_seconds()
        )
    # Last: what is counted must not cost what is done.
    if refreshed.waited is not None:
        metrics.observe_freshness(refreshed.waited.waited, held=refreshed.waited.held)


@app.task(name="realtime.explain_film", soft_time_limit=20, time_limit=30)
def explain_film(*, explanation_id: int, **_: Any) -> None:
    explaining.explain(explanation_id=explanation_id, clock=timezone.now)


@app.task(name="training.advance_training")
def advance_training(*, model_version_id: int, **_: Any) -> None:
    following = training.advance_training(model_version_id=model_version_id, clock=timezone.now)
    if following.again:
        advance_training.delay(model_version_id=model_version_id)
    for shard_id in following.shard_ids:
        solve_shard.delay(shard_id=shard_id, model_version_id=model_version_id)


@app.task(name="training.solve_shard")
def solve_shard(*, shard_id: int, model_version_id: int, **_: Any) -> None:
    outcome = solving.solve_shard(shard_id=shard_id, clock=timezone.now)
    if outcome is solving.Outcome.THE_SAME_AGAIN:
        solve_shard.delay(shard_id=shard_id, model_version_id=model_version_id)
    elif outcome is solving.Outcome.ALL_SOLVED:
        advance_training.delay(model_version_id=model_version_id)


@app.task(name="training.measure_model")
def measure_model(*, measurement_id: int, **_: Any) -> None:
    if measuring.measure_in_turn(measurement_id=measurement_id, clock=timezone.now):
        measure_model.delay(measurement_id=measurement_id)


@app.task(name="training.start_nightly", soft_time_limit=20, time_limit=30)
def start_nightly(**_: Any) -> None:
    training.start_nightly()


@app.task(name="batch.advance_generation", soft_time_limit=60, time_limit=90)
def advance_generation(*, generation_id: int, **_: Any) -> None:
    waiting = building.advance_generation(generation_id=generation_id, clock=timezone.now)
    for shard_id in waiting:
        build_shard.delay(shard_id=shard_id, generation_id=generation_id)


@app.task(name="batch.build_shard")
def build_shard(*, shard_id: int, generation_id: int, **_: Any) -> None:
    if building.build_shard(shard_id=shard_id, clock=timezone.now):
        advance_generation.delay(generation_id=generation_id)


@app.task(name="batch.look_at_experiment")
def look_at_experiment(*, experiment_id: int, **_: Any) -> None:
    looking.look(experiment_id=experiment_id, at=timezone.now())


@app.task(name="batch.look_at_experiments", soft_time_limit=20, time_limit=30)
def look_at_experiments(**_: Any) -> None:
    for experiment_id in looking.experiments_to_look_at():
        look_at_experiment.delay(experiment_id=experiment_id)
