from . import (
    alerts,
    experiments,
    freshness,
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
    "experiments",
    "freshness",
    "generations",
    "impressions",
    "lists",
    "measurements",
    "models",
    "onboarding",
    "shards",
    "viewers",
]
