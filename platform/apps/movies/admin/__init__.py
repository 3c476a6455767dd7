from . import catalogue, films, runs

__all__ = ["catalogue", "films", "runs"]
