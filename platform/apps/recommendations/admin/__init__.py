from . import generations, lists, models, shards, viewers

__all__ = ["generations", "lists", "models", "shards", "viewers"]
