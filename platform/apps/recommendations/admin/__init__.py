from . import experiments, generations, impressions, lists, measurements, models, shards, viewers

__all__ = [
    "experiments",
    "generations",
    "impressions",
    "lists",
    "measurements",
    "models",
    "shards",
    "viewers",
]
