"""Metrics of this process, and what is read from elsewhere when `/metrics` is asked."""

from prometheus_client.registry import Collector

collectors: list[Collector] = []


def register(collector: Collector) -> None:
    """Have `/metrics` ask this collector each time."""
    collectors.append(collector)
