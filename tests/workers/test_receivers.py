from collections.abc import Iterator
from pathlib import Path
from typing import Any
from weakref import ReferenceType

import pytest
import redis
from django.conf import settings
from django.db.models import signals as model_signals
from django.dispatch import Signal

from apps.core.events import announce
from apps.favorites import signals as favorites
from apps.movies import signals as movies
from apps.recommendations import signals as recommendations
from apps.users import signals as users
from tests.workers.messages import drain

ROOT = Path(__file__).resolve().parents[2]
SIGNALS = [
    (module, name)
    for module in (favorites, movies, recommendations, users)
    for name in vars(module)
    if isinstance(getattr(module, name), Signal)
]


@pytest.fixture
def broker() -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(settings.REDIS_URL)
    drain(client)
    yield client
    drain(client)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("signal", "payload", "message"),
    [
        *(
            (
                signal,
                {"user_id": 7, "movie_id": 8, "revision": 9},
                ("realtime", "realtime.refresh_recommendations", {"user_id": 7}),
            )
            for signal in (
                favorites.rating_saved,
                favorites.rating_deleted,
                favorites.favorite_added,
                favorites.favorite_removed,
                favorites.watch_saved,
                favorites.watch_deleted,
                favorites.watchlist_added,
                favorites.watchlist_removed,
            )
        ),
        *(
            (
                signal,
                {"user_id": 7, "revision": 9},
                ("realtime", "realtime.refresh_recommendations", {"user_id": 7}),
            )
            for signal in (
                favorites.not_interested_added,
                favorites.not_interested_removed,
                favorites.events_saved,
            )
        ),
        (
            recommendations.refresh_requested,
            {"user_id": 7},
            ("realtime", "realtime.refresh_recommendations", {"user_id": 7}),
        ),
        (
            recommendations.explanation_requested,
            {"explanation_id": 5},
            ("realtime", "realtime.explain_film", {"explanation_id": 5}),
        ),
        (
            recommendations.training_requested,
            {"model_version_id": 3},
            ("training", "training.advance_training", {"model_version_id": 3}),
        ),
        (
            recommendations.generation_requested,
            {"generation_id": 4},
            ("batch", "batch.advance_generation", {"generation_id": 4}),
        ),
        (
            recommendations.measurement_requested,
            {"measurement_id": 5},
            ("training", "training.measure_model", {"measurement_id": 5}),
        ),
        (
            recommendations.look_requested,
            {"experiment_id": 7},
            ("batch", "batch.look_at_experiment", {"experiment_id": 7}),
        ),
        (
            users.mail_requested,
            {"mail_id": "00000000-0000-4000-8000-000000000005"},
            ("mail", "mail.send_mail", {"mail_id": "00000000-0000-4000-8000-000000000005"}),
        ),
        (
            movies.sync_requested,
            {"sync_run_id": 6},
            ("catalog", "catalog.advance_sync", {"sync_run_id": 6}),
        ),
    ],
)
def test_a_signal_sends_its_task(
    broker: redis.Redis,
    signal: Signal,
    payload: dict[str, Any],
    message: tuple[str, str, dict[str, Any]],
) -> None:
    announce(signal, **payload)

    assert drain(broker) == [message]


@pytest.mark.parametrize(("module", "name"), SIGNALS)
def test_each_signal_has_its_place_in_the_documentation(module: Any, name: str) -> None:
    rows = [
        line
        for line in (ROOT / "docs" / "SIGNALS.md").read_text().splitlines()
        if line.startswith(f"| `{name}` ")
    ]
    (row,) = rows

    assert bool(getattr(module, name).receivers) == ("nobody" not in row)


@pytest.mark.parametrize(("module", "name"), SIGNALS)
def test_a_signal_is_received_in_the_one_place_only(module: Any, name: str) -> None:
    for lookup, *_ in getattr(module, name).receivers:
        assert lookup[0] == f"workers.{name}"


def test_nothing_of_ours_listens_to_rows_being_saved() -> None:
    for signal in (model_signals.post_save, model_signals.pre_save, model_signals.post_delete):
        for entry in signal.receivers:
            receiver = entry[1]() if isinstance(entry[1], ReferenceType) else entry[1]
            assert not receiver.__module__.startswith(("apps.", "workers.", "services."))
