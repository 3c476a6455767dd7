from . import generations, impressions, lists, measurements, models, shards, viewers

__all__ = [
    "generations",
    "impressions",
    "lists",
    "measurements",
    "models",
    "shards",
    "viewers",
]
