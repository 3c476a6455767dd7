from . import generations, lists, measurements, models, shards, viewers

__all__ = ["generations", "lists", "measurements", "models", "shards", "viewers"]
