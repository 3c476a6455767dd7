from . import (
    alerts,
    experiments,
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
    "generations",
    "impressions",
    "lists",
    "measurements",
    "models",
    "onboarding",
    "shards",
    "viewers",
]
