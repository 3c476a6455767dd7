from . import alerts, generations, lists, measurements, models, shards, viewers

__all__ = ["alerts", "generations", "lists", "measurements", "models", "shards", "viewers"]
