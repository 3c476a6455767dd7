from . import generations, lists, measurements, models, onboarding, shards, viewers

__all__ = ["generations", "lists", "measurements", "models", "onboarding", "shards", "viewers"]
