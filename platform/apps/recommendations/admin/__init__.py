from . import (
    alerts,
    generations,
    impressions,
    lists,
    measurements,
    models,
    onboarding,
    shards,
    viewers,
)

__all__ = [
    "alerts",
    "generations",
    "impressions",
    "lists",
    "measurements",
    "models",
    "onboarding",
    "shards",
    "viewers",
]
