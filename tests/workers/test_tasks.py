import inspect
from collections import deque
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from celery.exceptions import QueueNotFound
from django.core.checks import run_checks
from django.utils import timezone
from pytest_django import Settings

from apps.core.request_ids import NO_REQUEST, current_request_id
from apps.favorites import actions
from apps.recommendations.actions import request_training
from apps.recommendations.models import RecommendationList
from services.recommendations import gram_cache, refreshing, training
from services.recommendations.freshness import Waited
from services.recommendations.refreshing import Outcome, Refreshed
from tests.factories import make_movie, make_user
from tests.services.recommendations.rated_films import rate_at_random
from workers import metrics, queues, tracing
from workers.celery import app
from workers.task import Task
from workers.tasks import catalog, mails, maintenance, recommendations

for module in app.conf.include:
    import_module(module)
OURS = sorted(name for name in app.tasks if not name.startswith("celery."))


@pytest.mark.parametrize("name", OURS)
def test_a_tasks_name_says_its_queue(name: str) -> None:
    assert name.partition(".")[0] in queues.QUEUES
    route = app.amqp.router.route({}, name)
    assert route["queue"].name == name.partition(".")[0]


@pytest.mark.parametrize("name", OURS)
def test_a_task_takes_ids_by_name_and_ignores_what_a_newer_sender_adds(name: str) -> None:
    parameters = inspect.signature(inspect.unwrap(app.tasks[name].run)).parameters.values()

    assert {parameter.kind for parameter in parameters} <= {
        inspect.Parameter.KEYWORD_ONLY,
        inspect.Parameter.VAR_KEYWORD,
    }
    assert any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters)


@pytest.mark.parametrize("name", OURS)
def test_a_task_survives_its_worker_and_gives_up_in_the_end(name: str) -> None:
    task = app.tasks[name]

    assert isinstance(task, Task)
    assert task.acks_late
    assert task.reject_on_worker_lost
    assert task.retry_on_worker_lost
    assert task.max_retries == 4
    assert task.ignore_result


def test_no_task_may_run_longer_than_its_message_is_reserved() -> None:
    assert not [error for error in run_checks() if error.id == "workers.E001"]


def test_the_check_finds_a_task_that_may_run_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recommendations.build_shard, "time_limit", 900)

    (error,) = [error for error in run_checks() if error.id == "workers.E001"]

    assert "batch.build_shard may run for 900 s" in error.msg


def test_a_bad_setting_of_lists_is_found_before_any_is_built(settings: Settings) -> None:
    assert not [error for error in run_checks() if error.id == "workers.E002"]
    settings.RECOMMENDER_PIPELINE = {"diversify": 1}

    (error,) = [error for error in run_checks() if error.id == "workers.E002"]

    assert error.msg == "RECOMMENDER_PIPELINE cannot be used: there is no setting diversify."


def test_a_bad_setting_of_models_is_found_before_any_is_trained(settings: Settings) -> None:
    assert not [error for error in run_checks() if error.id == "workers.E003"]
    settings.RECOMMENDER_MODEL = {"ials": {"factors": 0}}

    (error,) = [error for error in run_checks() if error.id == "workers.E003"]

    assert error.msg == "RECOMMENDER_MODEL cannot be used: ials: factors must be greater than 0."


def test_an_unknown_queue_is_an_error() -> None:
    with pytest.raises(QueueNotFound):
        app.send_task("unheard_of.do_something", queue="unheard_of", retry=False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("task", "ids"),
    [
        (recommendations.refresh_recommendations, {"user_id": 404}),
        (recommendations.explain_film, {"explanation_id": 404}),
        (recommendations.advance_training, {"model_version_id": 404}),
        (recommendations.solve_shard, {"shard_id": 404, "model_version_id": 404}),
        (recommendations.measure_model, {"measurement_id": 404}),
        (recommendations.advance_generation, {"generation_id": 404}),
        (recommendations.build_shard, {"shard_id": 404, "generation_id": 404}),
        (catalog.advance_sync, {"sync_run_id": 404}),
        (catalog.start_sync, {"kind": "genres"}),
        (maintenance.sweep, {}),
        (maintenance.purge_lists, {}),
        (maintenance.purge_expired, {}),
        (maintenance.compute_stats, {}),
        (mails.send_mail, {"mail_id": "00000000-0000-4000-8000-000000000404"}),
    ],
)
def test_a_task_for_a_row_that_is_gone_returns(task: Task, ids: dict[str, Any]) -> None:
    task.run(**ids, added_by_a_newer_sender=True)


@pytest.mark.django_db
def test_the_nightly_task_asks_for_one_training() -> None:
    recommendations.start_nightly.run()
    recommendations.start_nightly.run()

    (waiting,) = training.ModelVersion.objects.all()
    assert waiting.publish


@pytest.mark.django_db
def test_tasks_run_twice_leave_the_rows_of_one_run() -> None:
    user = make_user()
    actions.rate_movie(user=user, movie_id=make_movie().pk, score=9, at=timezone.now())
    version = request_training()

    for _ in range(4):
        recommendations.advance_training.run(model_version_id=version.pk)
    (generation,) = version.generations.all()
    for _ in range(2):
        recommendations.advance_generation.run(generation_id=generation.pk)
        for shard in generation.shards.all():
            recommendations.build_shard.run(shard_id=shard.pk, generation_id=generation.pk)
    recommendations.refresh_recommendations.run(user_id=user.pk)

    generation.refresh_from_db()
    assert generation.state == "active"
    assert RecommendationList.objects.count() == 1


class CountingError(RuntimeError):
    pass


def test_what_is_counted_costs_no_follow_up(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, object]] = []

    def fail(*_: object, **__: object) -> None:
        raise CountingError

    waited = Waited(timedelta(seconds=1), timedelta())
    refreshed = Refreshed(Outcome.BUILT, waited=waited, again_in=timedelta(seconds=2))
    monkeypatch.setattr(refreshing, "refresh_user", lambda **_: refreshed)
    monkeypatch.setattr(metrics, "observe_freshness", fail)
    task = recommendations.refresh_recommendations
    monkeypatch.setattr(task, "apply_async", lambda **options: sent.append(options))

    with pytest.raises(CountingError):
        task.run(user_id=4)

    assert sent == [{"kwargs": {"user_id": 4}, "countdown": 2.0}]


def test_what_is_counted_leaves_no_request_id_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise CountingError

    monkeypatch.setattr(metrics, "count_task", fail)
    task = maintenance.sweep
    tracing.begin(task_id="an-id", task=task)
    assert current_request_id() == "an-id"

    with pytest.raises(CountingError):
        tracing.end(task_id="an-id", task=task, state="SUCCESS")

    assert current_request_id() == NO_REQUEST


@pytest.mark.django_db
def test_what_follows_a_slice_or_a_shard_is_sent(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One message leads to the model, although the host loses its matrix on the way."""
    settings.RECOMMENDER_MIN_USERS = 8
    settings.RECOMMENDER_CACHE_DIR = tmp_path
    rate_at_random(users=10, films=12, each=6)
    version = request_training(publish=False)
    sent: deque[tuple[Task, dict[str, int]]] = deque()
    for task in (recommendations.advance_training, recommendations.solve_shard):
        monkeypatch.setattr(task, "delay", lambda task=task, **ids: sent.append((task, ids)))

    recommendations.advance_training.run(model_version_id=version.pk)
    done = ["training.advance_training"]
    while sent:
        task, ids = sent.popleft()
        if task is recommendations.solve_shard and task.name not in done:
            gram_cache.drop(version)
        done.append(task.name)
        task.run(**ids)

    version.refresh_from_db()
    assert version.state == training.State.READY
    slices, shards = "training.advance_training", "training.solve_shard"
    assert done == [slices] * 3 + [shards] * 2 + [slices] * 3
