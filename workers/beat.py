from typing import Any

from celery.apps.beat import Beat as CeleryBeat


class Beat(CeleryBeat):
    """Without its banner, which is no log line."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "quiet": True})
