"""Which signal sends which task: the whole map. docs/SIGNALS.md says the same in words.

Each answers whether the broker took the message, so that an operator can be told.
"""

from typing import Any

from apps.favorites.signals import (
    events_saved,
    favorite_added,
    favorite_removed,
    not_interested_added,
    not_interested_removed,
    rating_deleted,
    rating_saved,
    watch_deleted,
    watch_saved,
    watchlist_added,
    watchlist_removed,
)
from apps.movies.signals import sync_requested
from apps.recommendations.signals import (
    alert_raised,
    explanation_requested,
    generation_requested,
    look_requested,
    measurement_requested,
    refresh_requested,
    training_requested,
)
from apps.users.signals import mail_requested

from .publisher import send


def on_rating_saved(*, user_id: int, **_: Any) -> bool:
    return send("realtime.refresh_recommendations", user_id=user_id)


def on_rating_deleted(*, user_id: int, **_: Any) -> bool:
    return send("realtime.refresh_recommendations", user_id=user_id)


def on_favorite_added(*, user_id: int, **_: Any) -> bool:
    return send("realtime.refresh_recommendations", user_id=user_id)


def on_favorite_removed(*, user_id: int, **_: Any) -> bool:
    return send("realtime.refresh_recommendations", user_id=user_id)


def on_watch_saved(*, user_id: int, **_: Any) -> bool:
    return send("realtime.refresh_recommendations", user_id=user_id)


def on_watch_deleted(*, user_id: int, **_: Any) -> bool:
    return send("realtime.refresh_recommendations", user_id=user_id)


def on_watchlist_added(*, user_id: int, **_: Any) -> bool:
    return send("realtime.refresh_recommendations", user_id=user_id)


def on_watchlist_removed(*, user_id: int, **_: Any) -> bool:
    return send("realtime.refresh_recommendations", user_id=user_id)


def on_not_interested_added(*, user_id: int, **_: Any) -> bool:
    return send("realtime.refresh_recommendations", user_id=user_id)


def on_not_interested_removed(*, user_id: int, **_: Any) -> bool:
    return send("realtime.refresh_recommendations", user_id=user_id)


def on_events_saved(*, user_id: int, **_: Any) -> bool:
    return send("realtime.refresh_recommendations", user_id=user_id)


def on_refresh_requested(*, user_id: int, **_: Any) -> bool:
    return send("realtime.refresh_recommendations", user_id=user_id)


def on_explanation_requested(*, explanation_id: int, **_: Any) -> bool:
    return send("realtime.explain_film", explanation_id=explanation_id)


def on_training_requested(*, model_version_id: int, **_: Any) -> bool:
    return send("training.advance_training", model_version_id=model_version_id)


def on_generation_requested(*, generation_id: int, **_: Any) -> bool:
    return send("batch.advance_generation", generation_id=generation_id)


def on_measurement_requested(*, measurement_id: int, **_: Any) -> bool:
    return send("training.measure_model", measurement_id=measurement_id)


def on_look_requested(*, experiment_id: int, **_: Any) -> bool:
    return send("batch.look_at_experiment", experiment_id=experiment_id)


def on_mail_requested(*, mail_id: str, **_: Any) -> bool:
    return send("mail.send_mail", mail_id=mail_id)


def on_alert_raised(*, alert_id: int, **_: Any) -> bool:
    return send("mail.send_alert", alert_id=alert_id)


def on_sync_requested(*, sync_run_id: int, **_: Any) -> bool:
    return send("catalog.advance_sync", sync_run_id=sync_run_id)


def connect() -> None:
    rating_saved.connect(on_rating_saved, dispatch_uid="workers.rating_saved")
    rating_deleted.connect(on_rating_deleted, dispatch_uid="workers.rating_deleted")
    favorite_added.connect(on_favorite_added, dispatch_uid="workers.favorite_added")
    favorite_removed.connect(on_favorite_removed, dispatch_uid="workers.favorite_removed")
    watch_saved.connect(on_watch_saved, dispatch_uid="workers.watch_saved")
    watch_deleted.connect(on_watch_deleted, dispatch_uid="workers.watch_deleted")
    watchlist_added.connect(on_watchlist_added, dispatch_uid="workers.watchlist_added")
    watchlist_removed.connect(on_watchlist_removed, dispatch_uid="workers.watchlist_removed")
    not_interested_added.connect(
        on_not_interested_added, dispatch_uid="workers.not_interested_added"
    )
    not_interested_removed.connect(
        on_not_interested_removed, dispatch_uid="workers.not_interested_removed"
    )
    events_saved.connect(on_events_saved, dispatch_uid="workers.events_saved")
    refresh_requested.connect(on_refresh_requested, dispatch_uid="workers.refresh_requested")
    explanation_requested.connect(
        on_explanation_requested, dispatch_uid="workers.explanation_requested"
    )
    training_requested.connect(on_training_requested, dispatch_uid="workers.training_requested")
    generation_requested.connect(
        on_generation_requested, dispatch_uid="workers.generation_requested"
    )
    measurement_requested.connect(
        on_measurement_requested, dispatch_uid="workers.measurement_requested"
    )
    look_requested.connect(on_look_requested, dispatch_uid="workers.look_requested")
    mail_requested.connect(on_mail_requested, dispatch_uid="workers.mail_requested")
    alert_raised.connect(on_alert_raised, dispatch_uid="workers.alert_raised")
    sync_requested.connect(on_sync_requested, dispatch_uid="workers.sync_requested")
