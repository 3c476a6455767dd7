from . import alerts, generations, impressions, lists, measurements, models, shards, viewers

__all__ = [
    "alerts",
    "generations",
    "impressions",
    "lists",
    "measurements",
    "models",
    "shards",
    "viewers",
]
